// What every request that goes to a workflow carries of the one that asked for it.

import { rolesIn } from '../domain/roles.ts';
import type { Subject, Surroundings } from './route.ts';
import type { Request } from '../workflows/messages.ts';

/** @param about where the caller's roles count: the legal entity of what the request is about */
export function requestOf({ requestKey, caller, requestId }: Surroundings, about: Subject): Request {
  return { requestKey, actor: caller.actor, requestId, roles: rolesIn(caller.grants, about.legalEntityId) };
}
