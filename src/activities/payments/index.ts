// The activities that move a payment's money, by the names that workflows and Temporal's UI show.

import type { AllocationInput, ClearingInput, UndoInput } from '../../workflows/messages.ts';
import type { Dependencies } from '../dependencies.ts';
import { allocateCash, type AllocatedCash } from './allocate-cash.ts';
import { answerClearing, type AnsweredClearing } from './answer-clearing.ts';
import { postPayment, type PostedPayment } from './post-payment.ts';
import { postReturn, type PostedReturn } from './post-return.ts';
import { undoAllocation, type Undone } from './undo-allocation.ts';

export type { PostedPayment };

export interface PaymentActivities {
  postPayment(input: { paymentId: string; now: number }): Promise<PostedPayment>;
  postReturn(input: { returnId: string; now: number }): Promise<PostedReturn>;
  undoAllocation(input: UndoInput & { now: number }): Promise<Undone>;
  allocateCash(input: AllocationInput & { now: number }): Promise<AllocatedCash>;
  answerClearing(input: ClearingInput & { now: number }): Promise<AnsweredClearing>;
}

export function createPaymentActivities(deps: Dependencies): PaymentActivities {
  return {
    postPayment: (input) => postPayment(deps, input),
    postReturn: (input) => postReturn(deps, input),
    undoAllocation: (input) => undoAllocation(deps, input),
    allocateCash: (input) => allocateCash(deps, input),
    answerClearing: (input) => answerClearing(deps, input),
  };
}
