// What every Update carries of the request that asked for it.

import type { Surroundings } from '../../route.ts';
import type { Request } from '../../../workflows/messages.ts';

export function requestOf({ requestKey, caller, requestId }: Surroundings): Request {
  return { requestKey, actor: caller.actor, requestId };
}
