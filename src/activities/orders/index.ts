// The activities of an order, by the names that its workflow and Temporal's UI show.

import type { Dependencies } from '../dependencies.ts';
import { askCollector } from './ask-collector.ts';
import { assessCredit } from './assess-credit.ts';
import { blockItem, endBlock } from './blocks.ts';
import { decideCredit } from './decide-credit.ts';
import { deliverInvoice } from './deliver-invoice.ts';
import { expireHold } from './expire-hold.ts';
import { issueInvoice } from './issue-invoice.ts';
import { plan } from './plan.ts';
import { postOpeningItem } from './post-opening-item.ts';
import { recordShipment } from './record-shipment.ts';
import { remind } from './remind.ts';

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
