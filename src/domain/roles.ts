// Who may do what: the roles of keys and people, and the one table of actions that every door asks.

export const ROLES = [
  'sales',
  'customer_service',
  'collector',
  'cash_applier',
  'credit_analyst',
  'ar_manager',
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

const WORKERS = ['sales', 'customer_service', 'collector', 'cash_applier', 'credit_analyst', 'ar_manager'] as const;

/** Action → the roles that may do it. What is not listed is denied. Administrators keep master data and touch no money. */
export const ACTIONS = {
  'key.read': ROLES,
  'legal_entity.read': ROLES,
  'legal_entity.write': ['administrator'],
  'policy.read': ROLES,
  'policy.write': ['administrator'],
  'customer.read': ROLES,
  'customer.write': ['administrator'],
  'item.read': ROLES,
  'item.write': ['administrator'],
  'credit.change': ['credit_analyst', 'ar_manager'],
  'credit.decide': ['credit_analyst', 'ar_manager'],
  'order.read': ROLES,
  'order.create': ['sales', 'customer_service'],
  'order.ship': ['sales', 'customer_service'],
  'order.block': ['customer_service', 'collector', 'ar_manager'],
  'opening_item.create': ['ar_manager'],
  'invoice.read': ROLES,
  'payment.read': ROLES,
  'payment.create': ['cash_applier', 'ar_manager'],
  'task.read': ROLES,
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
