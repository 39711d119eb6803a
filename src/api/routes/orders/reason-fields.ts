// Why somebody asks for a change: a code that travels and can be counted, and a note that stays in the database.

import { z } from 'zod';
import { CODE_CHARS_MAX } from '../../limits.ts';
import { noteText } from '../../schemas/common.ts';

export const reasonFields = {
  reason: z
    .string()
    .max(CODE_CHARS_MAX)
    .regex(/^[a-z][a-z0-9_]*$/, 'a code such as customer_request is expected')
    .meta({ examples: ['customer_request'] }),
  note: noteText.optional(),
};
