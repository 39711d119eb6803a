// The registry: every route there is. Router and OpenAPI document are made of it.

import type { Route } from '../route.ts';
import { customerAccountRoute } from './customers/account.ts';
import { changeCreditRoute } from './customers/change-credit.ts';
import { changeCustomerRoute } from './customers/change.ts';
import { createCustomer } from './customers/create.ts';
import { getCustomer } from './customers/get.ts';
import { listCustomersRoute } from './customers/list.ts';
import { getInvoice } from './invoices/get.ts';
import { changeItemRoute } from './items/change.ts';
import { createItem } from './items/create.ts';
import { getItem } from './items/get.ts';
import { listItemsRoute } from './items/list.ts';
import { getKey } from './key/get.ts';
import { createLegalEntity } from './legal-entities/create.ts';
import { getLegalEntity } from './legal-entities/get.ts';
import { listLegalEntitiesRoute } from './legal-entities/list.ts';
import { createOpeningItem } from './opening-items/create.ts';
import { orderAgenda } from './orders/agenda.ts';
import { blockOrderItem } from './orders/block.ts';
import { createOrder } from './orders/create.ts';
import { decideCreditRoute } from './orders/decide-credit.ts';
import { endBlockRoute } from './orders/end-block.ts';
import { getOrder } from './orders/get.ts';
import { listOrdersRoute } from './orders/list.ts';
import { shipOrder } from './orders/ship.ts';
import { orderTimelineRoute } from './orders/timeline.ts';
import { createPayment } from './payments/create.ts';
import { getPayment } from './payments/get.ts';
import { listPaymentsRoute } from './payments/list.ts';
import { createPolicy } from './policies/create.ts';
import { listPoliciesRoute } from './policies/list.ts';
import { completeTaskRoute } from './tasks/complete.ts';
import { listTasksRoute } from './tasks/list.ts';

export const routes: readonly Route[] = [
  getKey,
  createLegalEntity,
  listLegalEntitiesRoute,
  getLegalEntity,
  createPolicy,
  listPoliciesRoute,
  createCustomer,
  listCustomersRoute,
  getCustomer,
  changeCustomerRoute,
  customerAccountRoute,
  changeCreditRoute,
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
  shipOrder,
  blockOrderItem,
  endBlockRoute,
  getInvoice,
  createPayment,
  listPaymentsRoute,
  getPayment,
  listTasksRoute,
  completeTaskRoute,
];
