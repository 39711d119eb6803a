// The customer that a request is about.

import { z } from 'zod';
import { customerById, type CustomerRow } from '../../../database/queries/customers.ts';
import type { Asked, Subject } from '../../route.ts';
import { uuid } from '../../schemas/common.ts';

export const customerParams = z.strictObject({ customerId: uuid });

export async function findCustomer(
  asked: Asked<{ customerId: string }, unknown, unknown>,
): Promise<(CustomerRow & Subject) | null> {
  return customerById(asked.db, asked.params.customerId);
}
