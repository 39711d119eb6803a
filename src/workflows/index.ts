// Everything a worker on the queue of orders can run.

export { orderToCash } from './order-to-cash.ts';
export { letterOfTheDay } from './letter-of-the-day.ts';
export { applyPayment } from './apply-payment.ts';
export { returnPayment } from './return-payment.ts';
export { undoAllocation } from './undo-allocation.ts';
export { allocateCash } from './allocate-cash.ts';
export { changeCredit, changeGroup, changePolicy } from './changes.ts';
export { changeCustomerBlock } from './customer-block.ts';
export { approval } from './approval.ts';
export { clearCredit } from './clear-credit.ts';
export { applyStatement } from './apply-statement.ts';
export { decideLine, joinAdvice, clearPayout } from './decide-line.ts';
export { sweep } from './sweep.ts';
