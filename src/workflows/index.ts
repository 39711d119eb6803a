// Everything a worker on the queue of orders can run.

export { orderToCash } from './order-to-cash.ts';
export { letterOfTheDay } from './letter-of-the-day.ts';
export { applyPayment } from './apply-payment.ts';
export { changeCredit, changePolicy } from './changes.ts';
export { sweep } from './sweep.ts';
