// Who may do what: the roles of keys and people, and the one table of actions that every door asks.

export const ROLES = [
  'sales',
  'customer_service',
  'collector',
  'cash_applier',
  'credit_analyst',
  'ar_manager',
  'treasurer',
  'executive',
  'auditor',
  'administrator',
] as const;
export type Role = (typeof ROLES)[number];

/** A role in one legal entity, or in all of the installation. */
export interface RoleGrant {
  /** A legal entity's ID, or `*`. */
  readonly legalEntityId: string;
  readonly role: Role;
}

/** The grant that stands for every legal entity. */
export const EVERYWHERE = '*';

/** Who has tasks and ends them; the others read, or keep master data. */
const WORKERS = [
  'sales',
  'customer_service',
  'collector',
  'cash_applier',
  'credit_analyst',
  'ar_manager',
  'treasurer',
  'executive',
] as const;

/**
 * Action → the roles that may do it. What is not listed is denied. Administrators keep master data and touch no
 * money; executives read everything and decide. Up to which amount, and who is too close to the case, says `authority.ts`.
 */
export const ACTIONS = {
  'key.read': ROLES,
  'legal_entity.read': ROLES,
  'legal_entity.write': ['administrator'],
  'policy.read': ROLES,
  'policy.write': ['administrator'],
  'mailbox.read': ROLES,
  'mailbox.write': ['administrator'],
  'audit.read': ['executive', 'auditor', 'administrator'],
  'customer.read': ROLES,
  'customer.write': ['administrator'],
  'customer.block': ['collector', 'ar_manager'],
  // Executives approve what is refunded to these accounts, so they see them.
  'bank_account.read': ['ar_manager', 'treasurer', 'executive', 'auditor', 'administrator'],
  'bank_account.write': ['treasurer', 'administrator'],
  'item.read': ROLES,
  'item.write': ['administrator'],
  'group.read': ROLES,
  'group.write': ['credit_analyst', 'ar_manager'],
  'credit.change': ['credit_analyst', 'ar_manager'],
  'credit.decide': ['credit_analyst', 'ar_manager', 'executive'],
  'order.read': ROLES,
  'order.create': ['sales', 'customer_service'],
  'order.change': ['sales', 'customer_service', 'ar_manager'],
  'order.cancel': ['sales', 'customer_service', 'ar_manager'],
  'order.close_short': ['sales', 'customer_service', 'ar_manager'],
  'order.ship': ['sales', 'customer_service'],
  'order.return_goods': ['customer_service', 'ar_manager'],
  'order.decide_shipment': ['sales', 'customer_service', 'ar_manager'],
  'order.decide_quality': ['sales', 'customer_service', 'ar_manager'],
  'order.block': ['customer_service', 'collector', 'ar_manager'],
  'opening_item.create': ['ar_manager'],
  'invoice.read': ROLES,
  'dispute.read': ROLES,
  'dispute.raise': ['sales', 'customer_service', 'collector', 'ar_manager'],
  'dispute.write': WORKERS,
  'dispute.resolve': ['sales', 'customer_service', 'collector', 'ar_manager', 'treasurer', 'executive'],
  'promise.give': ['customer_service', 'collector', 'ar_manager'],
  'plan.agree': ['customer_service', 'collector', 'ar_manager'],
  'payment.read': ROLES,
  'payment.create': ['cash_applier', 'ar_manager'],
  'payment.allocate': ['cash_applier', 'ar_manager'],
  'payment.undo': ['cash_applier', 'ar_manager'],
  'payment.return': ['cash_applier', 'treasurer'],
  'statement.read': ['cash_applier', 'ar_manager', 'treasurer', 'executive', 'auditor', 'administrator'],
  'statement.upload': ['cash_applier', 'treasurer'],
  // A file whose totals do not hold is taken on by whoever answers for the bank accounts, not by whoever applies the cash.
  'statement.accept': ['treasurer', 'executive'],
  'house_account.write': ['treasurer', 'administrator'],
  'csv_mapping.write': ['treasurer', 'administrator', 'ar_manager'],
  'cash.read': ['cash_applier', 'ar_manager', 'treasurer', 'executive', 'auditor'],
  'cash.decide': ['cash_applier', 'ar_manager'],
  'payer.read': ['cash_applier', 'ar_manager', 'treasurer', 'executive', 'auditor', 'administrator'],
  'payer.forget': ['cash_applier', 'ar_manager'],
  'advice.write': ['cash_applier', 'customer_service', 'ar_manager'],
  'payout.write': ['cash_applier', 'treasurer'],
  'exchange_rate.read': ROLES,
  'exchange_rate.write': ['treasurer', 'administrator'],
  'approval.read': ROLES,
  'credit_note.ask': ['sales', 'customer_service', 'collector', 'ar_manager'],
  'write_off.ask': ['collector', 'credit_analyst', 'ar_manager'],
  'refund.ask': ['customer_service', 'cash_applier', 'ar_manager'],
  // Whoever asked may withdraw by the same request, so this holds everybody who may ask or approve. It opens the door only:
  // approving takes the amount's authority, and withdrawing takes the asker.
  'approval.decide': WORKERS,
  'task.read': ROLES,
  'task.write': WORKERS,
  'task.complete': WORKERS,
} as const satisfies Record<string, readonly Role[]>;
export type Action = keyof typeof ACTIONS;

/** @returns whether the text names a role. */
export function isRole(text: string): text is Role {
  return ROLES.some((role) => role === text);
}

/** @returns whether one of the grants allows the action in the legal entity (`*`: in the whole installation). */
export function isAllowed(grants: readonly RoleGrant[], action: Action, legalEntityId: string): boolean {
  const roles: readonly Role[] = ACTIONS[action];
  return grants.some(
    (grant) =>
      (grant.legalEntityId === EVERYWHERE || grant.legalEntityId === legalEntityId) && roles.includes(grant.role),
  );
}

/** @returns whether any grant reaches the legal entity: without one it does not exist for the caller. */
export function isVisible(grants: readonly RoleGrant[], legalEntityId: string): boolean {
  return grants.some((grant) => grant.legalEntityId === EVERYWHERE || grant.legalEntityId === legalEntityId);
}

/** @returns the legal entities in which the action is allowed, or `*` for all of them. */
export function entitiesFor(grants: readonly RoleGrant[], action: Action): readonly string[] | typeof EVERYWHERE {
  const roles: readonly Role[] = ACTIONS[action];
  const granted = grants.filter((grant) => roles.includes(grant.role)).map((grant) => grant.legalEntityId);
  return granted.includes(EVERYWHERE) ? EVERYWHERE : [...new Set(granted)];
}

/** @returns whether the caller holds the role in the legal entity. */
export function hasRole(grants: readonly RoleGrant[], role: string, legalEntityId: string): boolean {
  return grants.some(
    (grant) => grant.role === role && (grant.legalEntityId === EVERYWHERE || grant.legalEntityId === legalEntityId),
  );
}

/** @returns the caller's roles in the legal entity, each once. */
export function rolesIn(grants: readonly RoleGrant[], legalEntityId: string): Role[] {
  return ROLES.filter((role) => hasRole(grants, role, legalEntityId));
}
