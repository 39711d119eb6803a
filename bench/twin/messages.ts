// What is sent to the twin: names only, so that the driver needs no workflow code.

import { defineSignal, defineUpdate } from '@temporalio/workflow';

export const TWIN_QUEUE = 'twin';

/** Answers when the first activity is done, as an order's credit decision does. */
export const awaitFirst = defineUpdate('awaitFirst');
/** Runs the second activity and answers, as a shipment's report does. */
export const runSecond = defineUpdate('runSecond');
/** The last word, as the poke of a payment. */
export const end = defineSignal('end');
