// Whether the caller may: its roles in the legal entity against the table of actions. What is not allowed is denied.

import type { Scope } from '../database/queries/scope.ts';
import { ACTIONS, entitiesFor, EVERYWHERE, isAllowed, isVisible, type Action } from '../domain/roles.ts';
import { notFound, Problem } from './problem.ts';
import type { Caller, Route, Subject } from './route.ts';

/** The part of the installation that a request may reach, known before its object is. @throws Problem 403. */
export function scopeOf(caller: Caller, route: Route): Scope {
  if (route.about === 'installation' && !isAllowed(caller.grants, route.action, EVERYWHERE)) {
    throw notAllowed(caller, route.action, 'every legal entity ("*")');
  }
  const scope = entitiesFor(caller.grants, route.action);
  if (route.about === 'scope' && scope !== EVERYWHERE && scope.length === 0) {
    throw notAllowed(caller, route.action, 'any legal entity');
  }
  return scope;
}

/**
 * Lets the request pass to its object.
 *
 * @throws Problem 404 when there is none or it belongs to a legal entity the caller has no role in; 403 when the role is missing
 */
export function authoriseObject(caller: Caller, action: Action, subject: Subject | null): void {
  if (subject === null || !isVisible(caller.grants, subject.legalEntityId)) throw notFound('object');
  if (!isAllowed(caller.grants, action, subject.legalEntityId)) {
    throw notAllowed(caller, action, subject.legalEntityId);
  }
}

function notAllowed(caller: Caller, action: Action, where: string): Problem {
  return new Problem({
    kind: 'not_allowed',
    code: 'role_missing',
    text: `The key "${caller.name}" may not do ${action} in ${where}.`,
    hint: `It needs one of the roles ${ACTIONS[action].join(', ')} there.`,
    details: { action, roles: ACTIONS[action] },
  });
}
