// A Temporal server whose time skips: business time is moved day by day, as fast as the runs allow.

import type { Connection } from '@temporalio/client';
import { encodeSearchAttributeIndexedValueType } from '@temporalio/common/lib/search-attributes.js';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { findBinary } from '../../local/binaries.ts';
import { searchAttributes } from '../../workflows/messages.ts';

export interface SimulatedTime {
  readonly address: string;
  readonly connection: Connection;
  /** Business time less the server's, fixed for the whole replay: the server's clock starts today and only goes forward. */
  readonly businessOffsetMs: number;
  /** Lets time run to a business instant: every timer on the way fires in its order. Does nothing when it has passed. */
  runTo(businessInstant: number): Promise<void>;
  stop(): Promise<void>;
}

/** Starts the server; its clock stands at `businessStart` (epoch milliseconds) and moves only when told to. */
export async function startSimulatedTime(businessStart: number): Promise<SimulatedTime> {
  const { path } = await findBinary('temporal-test-server');
  const environment = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path } },
  });
  // This server cannot list its attributes, so they are added without asking, which is right for a new one.
  const types = Object.values(searchAttributes).map(({ name, type }) => [
    name,
    encodeSearchAttributeIndexedValueType(type),
  ]);
  await environment.connection.operatorService.addSearchAttributes({
    namespace: environment.namespace ?? 'default',
    searchAttributes: Object.fromEntries(types) as Record<string, number>,
  });
  const businessOffsetMs = businessStart - Math.ceil(await environment.currentTimeMs());
  return {
    address: environment.address,
    connection: environment.connection,
    businessOffsetMs,
    async runTo(businessInstant) {
      const leftMs = Math.ceil(businessInstant - businessOffsetMs - (await environment.currentTimeMs()));
      if (leftMs > 0) await environment.sleep(leftMs);
    },
    stop: () => environment.teardown(),
  };
}
