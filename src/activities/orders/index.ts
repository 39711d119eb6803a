// The activities of an order, by the names that its workflow and Temporal's UI show.

import type { Dependencies } from '../dependencies.ts';
import { applyCash } from './apply-cash.ts';
import { askApproval } from './approvals.ts';
import { askCollector } from './ask-collector.ts';
import { assessCredit } from './assess-credit.ts';
import { blockItem, endBlock } from './blocks.ts';
import { cancelOrder } from './cancel-order.ts';
import { changeOrder } from './change-order.ts';
import { closeShort } from './close-short.ts';
import { decideApproval } from './decide-approval.ts';
import { decideCredit } from './decide-credit.ts';
import { decideQuality, decideShipment } from './decide-shipment.ts';
import { deliverInvoice } from './deliver-invoice.ts';
import { deliverProforma } from './deliver-proforma.ts';
import { raiseDispute, resolveDispute } from './disputes.ts';
import { escalateTask } from './escalate-task.ts';
import { evaluatePlan } from './evaluate-plan.ts';
import { evaluatePromise } from './evaluate-promise.ts';
import { expireApproval } from './expire-approval.ts';
import { expireHold } from './expire-hold.ts';
import { expireReservation } from './expire-reservation.ts';
import { issueInvoice } from './issue-invoice.ts';
import { plan } from './plan.ts';
import { agreePlan, cancelPlan } from './plans.ts';
import { postOpeningItem } from './post-opening-item.ts';
import { givePromise, withdrawPromise } from './promises.ts';
import { recordShipment } from './record-shipment.ts';
import { remind } from './remind.ts';
import { returnGoods } from './return-goods.ts';
import { takeGrant } from './take-grant.ts';
import { tellOwner } from './tell-owner.ts';

const functions = {
  plan,
  postOpeningItem,
  assessCredit,
  expireHold,
  issueInvoice,
  deliverInvoice,
  remind,
  askCollector,
  decideCredit,
  recordShipment,
  blockItem,
  endBlock,
  takeGrant,
  expireReservation,
  deliverProforma,
  applyCash,
  evaluatePromise,
  evaluatePlan,
  expireApproval,
  tellOwner,
  escalateTask,
  changeOrder,
  cancelOrder,
  closeShort,
  decideQuality,
  decideShipment,
  returnGoods,
  givePromise,
  withdrawPromise,
  agreePlan,
  cancelPlan,
  raiseDispute,
  resolveDispute,
  askApproval,
  decideApproval,
};

type WithoutDependencies<Function> = Function extends (deps: Dependencies, input: infer Input) => infer Output
  ? (input: Input) => Output
  : never;

export type OrderActivities = { [Name in keyof typeof functions]: WithoutDependencies<(typeof functions)[Name]> };

export function createOrderActivities(deps: Dependencies): OrderActivities {
  return Object.fromEntries(
    Object.entries(functions).map(([name, run]) => [name, (input: never) => run(deps, input)]),
  ) as unknown as OrderActivities;
}
