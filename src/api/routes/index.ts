// The registry: every route there is. Router and OpenAPI document are made of it.

import type { Route } from '../route.ts';
import { decideApprovalRoute } from './approvals/decide.ts';
import { getApproval } from './approvals/get.ts';
import { listApprovalsRoute } from './approvals/list.ts';
import { acceptBankStatement } from './bank-statements/accept.ts';
import { createBankStatement } from './bank-statements/create.ts';
import { getBankStatement } from './bank-statements/get.ts';
import { listBankStatementLines } from './bank-statements/lines.ts';
import { listBankStatementsRoute } from './bank-statements/list.ts';
import { saveCsvMapping } from './csv-mappings/create.ts';
import { listCsvMappingsRoute } from './csv-mappings/list.ts';
import { proposeCsvMapping } from './csv-mappings/propose.ts';
import { createHouseBankAccount } from './house-bank-accounts/create.ts';
import { listHouseBankAccountsRoute } from './house-bank-accounts/list.ts';
import { listCreditHoldsRoute } from './credit-holds/list.ts';
import { askCreditLimit } from './credit-limit-requests/create.ts';
import { customerAccountRoute } from './customers/account.ts';
import { setBankAccount } from './customers/bank-accounts-set.ts';
import { listBankAccounts } from './customers/bank-accounts.ts';
import { blockCustomer } from './blocks/set-over-customer.ts';
import { changeCreditRoute } from './customers/change-credit.ts';
import { clearCreditRoute, undoClearingRoute } from './customers/clear-credit.ts';
import { changeCustomerRoute } from './customers/change.ts';
import { createCustomer } from './customers/create.ts';
import { endCustomerBlock } from './blocks/end-over-customer.ts';
import { getCustomer } from './customers/get.ts';
import { listCustomerBlocksRoute } from './blocks/list-over-customer.ts';
import { listCustomersRoute } from './customers/list.ts';
import { addDisputeEvidence } from './disputes/add-evidence.ts';
import { addDisputeMessage } from './disputes/add-message.ts';
import { getDispute } from './disputes/get.ts';
import { getDisputeEvidence } from './disputes/get-evidence.ts';
import { listDisputesRoute } from './disputes/list.ts';
import { resolveDisputeRoute } from './disputes/resolve.ts';
import { changeGroupCredit } from './groups/change-credit.ts';
import { createGroup } from './groups/create.ts';
import { getGroup } from './groups/get.ts';
import { listGroupsRoute } from './groups/list.ts';
import { createRate } from './exchange-rates/create.ts';
import { listRatesRoute } from './exchange-rates/list.ts';
import { decideBankLine } from './bank-lines/decide.ts';
import { getBankLine } from './bank-lines/get.ts';
import { listPayerKnowledge } from './payer-knowledge/list-of-customer.ts';
import { removePayerKnowledge } from './payer-knowledge/remove.ts';
import { createAdvices } from './remittance-advices/create.ts';
import { endAdviceRoute } from './remittance-advices/end.ts';
import { getAdvice } from './remittance-advices/get.ts';
import { joinAdviceRoute } from './remittance-advices/join.ts';
import { listAdvicesRoute } from './remittance-advices/list.ts';
import { cashWorklist } from './worklists/cash.ts';
import { getInvoice } from './invoices/get.ts';
import { changeItemRoute } from './items/change.ts';
import { createItem } from './items/create.ts';
import { getItem } from './items/get.ts';
import { listItemsRoute } from './items/list.ts';
import { getKey } from './key/get.ts';
import { createLegalEntity } from './legal-entities/create.ts';
import { getLegalEntity } from './legal-entities/get.ts';
import { listLegalEntitiesRoute } from './legal-entities/list.ts';
import { listMailboxes } from './legal-entities/mailboxes-list.ts';
import { setMailboxRoute } from './legal-entities/mailboxes-set.ts';
import { createOpeningItem } from './opening-items/create.ts';
import { orderAgenda } from './orders/agenda.ts';
import { blockOrderItem } from './blocks/set-over-order.ts';
import { cancelOrderRoute } from './orders/cancel.ts';
import { changeOrderRoute } from './orders/change.ts';
import { closeShortRoute } from './orders/close-short.ts';
import { decideQualityRoute } from './shipments/decide-quality.ts';
import { decideShipmentRoute } from './shipments/decide-contested.ts';
import { returnGoodsRoute } from './shipments/return-goods.ts';
import { createOrder } from './orders/create.ts';
import { askCreditNote } from './approvals/ask-credit-note.ts';
import { decideCreditRoute } from './orders/decide-credit.ts';
import { disputeOrderItem } from './disputes/raise.ts';
import { endBlockRoute } from './blocks/end-over-order.ts';
import { getOrder } from './orders/get.ts';
import { listOrdersRoute } from './orders/list.ts';
import { cancelPlanRoute } from './payment-plans/cancel.ts';
import { listPlansRoute } from './payment-plans/list.ts';
import { agreePlanRoute } from './payment-plans/agree.ts';
import { listPromisesRoute } from './promises/list.ts';
import { withdrawPromiseRoute } from './promises/withdraw.ts';
import { givePromiseRoute } from './promises/give.ts';
import { shipOrder } from './shipments/record.ts';
import { orderTimelineRoute } from './orders/timeline.ts';
import { askWriteOff } from './approvals/ask-write-off.ts';
import { allocateCashRoute } from './payments/allocate.ts';
import { createPayment } from './payments/create.ts';
import { getPayment } from './payments/get.ts';
import { listPaymentsRoute } from './payments/list.ts';
import { returnPaymentRoute } from './payments/return.ts';
import { undoAllocationRoute } from './payments/undo.ts';
import { createPayout } from './provider-payouts/create.ts';
import { getPayout } from './provider-payouts/get.ts';
import { listPayoutsRoute } from './provider-payouts/list.ts';
import { listClearingAccounts } from './clearing-accounts/list.ts';
import { createPolicy } from './policies/create.ts';
import { listPoliciesRoute } from './policies/list.ts';
import { askRefund } from './refunds/create.ts';
import { assignTaskRoute } from './tasks/assign.ts';
import { commentTask } from './tasks/comment.ts';
import { completeTaskRoute } from './tasks/complete.ts';
import { getTask } from './tasks/get.ts';
import { listTasksRoute } from './tasks/list.ts';
import { snoozeTaskRoute } from './tasks/snooze.ts';

export const routes: readonly Route[] = [
  getKey,
  createLegalEntity,
  listLegalEntitiesRoute,
  getLegalEntity,
  setMailboxRoute,
  listMailboxes,
  createPolicy,
  listPoliciesRoute,
  createCustomer,
  listCustomersRoute,
  getCustomer,
  changeCustomerRoute,
  customerAccountRoute,
  changeCreditRoute,
  createGroup,
  listGroupsRoute,
  getGroup,
  changeGroupCredit,
  listCreditHoldsRoute,
  blockCustomer,
  endCustomerBlock,
  listCustomerBlocksRoute,
  createRate,
  listRatesRoute,
  createItem,
  listItemsRoute,
  getItem,
  changeItemRoute,
  createOrder,
  createOpeningItem,
  listOrdersRoute,
  getOrder,
  orderAgenda,
  orderTimelineRoute,
  decideCreditRoute,
  changeOrderRoute,
  cancelOrderRoute,
  closeShortRoute,
  shipOrder,
  decideQualityRoute,
  decideShipmentRoute,
  returnGoodsRoute,
  blockOrderItem,
  endBlockRoute,
  disputeOrderItem,
  listDisputesRoute,
  getDispute,
  addDisputeMessage,
  addDisputeEvidence,
  getDisputeEvidence,
  resolveDisputeRoute,
  givePromiseRoute,
  withdrawPromiseRoute,
  listPromisesRoute,
  agreePlanRoute,
  cancelPlanRoute,
  listPlansRoute,
  getInvoice,
  createPayment,
  listPaymentsRoute,
  getPayment,
  returnPaymentRoute,
  undoAllocationRoute,
  clearCreditRoute,
  undoClearingRoute,
  allocateCashRoute,
  createPayout,
  listPayoutsRoute,
  getPayout,
  listClearingAccounts,
  createBankStatement,
  listBankStatementsRoute,
  getBankStatement,
  listBankStatementLines,
  acceptBankStatement,
  createHouseBankAccount,
  listHouseBankAccountsRoute,
  saveCsvMapping,
  listCsvMappingsRoute,
  proposeCsvMapping,
  cashWorklist,
  getBankLine,
  decideBankLine,
  listPayerKnowledge,
  removePayerKnowledge,
  createAdvices,
  listAdvicesRoute,
  getAdvice,
  joinAdviceRoute,
  endAdviceRoute,
  askCreditNote,
  askWriteOff,
  askRefund,
  askCreditLimit,
  listApprovalsRoute,
  getApproval,
  decideApprovalRoute,
  setBankAccount,
  listBankAccounts,
  listTasksRoute,
  getTask,
  assignTaskRoute,
  commentTask,
  snoozeTaskRoute,
  completeTaskRoute,
];
