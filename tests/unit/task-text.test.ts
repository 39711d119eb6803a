// The mail to the owner of a task: it says what, why, until when and what ends it, and nothing that could be clicked.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { endsByRequest, TASK_KINDS } from '../../src/domain/task.ts';
import { taskMailText, type TaskMail } from '../../src/domain/task-text.ts';

const DISPUTE: TaskMail = {
  kind: 'dispute',
  ownerRole: 'customer_service',
  legalEntityId: 'ACME-DE',
  zone: 'Europe/Berlin',
  orderNumber: 'SO-1',
  reason: 'The customer disputes 40.00 EUR of INV-000001: damaged.',
  endsWith: 'POST /v1/disputes/42/outcome',
  deadlineAt: Date.parse('2026-01-26T17:00:00Z'),
  tier: 0,
  next: { role: 'ar_manager', at: Date.parse('2026-01-19T17:00:00Z') },
};

describe('the mail to the owner of a task', () => {
  it('reads as a whole as it was written', () => {
    const { subject, text } = taskMailText(DISPUTE);
    assert.equal(subject, 'Resolve a dispute (SO-1): for customer service of ACME-DE');
    assert.equal(
      text,
      `A task waits for the role customer service of ACME-DE.

Task:      Resolve a dispute
Because:   The customer disputes 40.00 EUR of INV-000001: damaged.
Order:     SO-1
Deadline:  2026-01-26 18:00 (Europe/Berlin)
Ends with: POST /v1/disputes/42/outcome

It goes on to ar manager on 2026-01-19 18:00 (Europe/Berlin) unless it ends before.
`,
    );
  });

  it('says to a later owner why it came, and to the last one no name above', () => {
    const { text } = taskMailText({ ...DISPUTE, ownerRole: 'executive', tier: 3, next: null });
    assert.match(text, /\nIt came to you because nobody before you ended it in time\.\n$/);
    assert.doesNotMatch(text, /goes on/);
  });

  it('leaves the order out where there is none', () => {
    const { subject, text } = taskMailText({ ...DISPUTE, kind: 'approval', orderNumber: null });
    assert.equal(subject, 'Decide what somebody asked for: for customer service of ACME-DE');
    assert.doesNotMatch(text, /Order:/);
  });

  it('has no link and no line of somebody else, whatever stands in numbers and reasons', () => {
    const orderNumber = 'http://evil.example/x';
    const reason = 'Pay here: https://evil.example\r\nBcc: b@b.example\nwww.evil.example';
    const { subject, text } = taskMailText({ ...DISPUTE, orderNumber, reason });
    for (const part of [subject, text]) assert.doesNotMatch(part, /:\/\/|\bwww\.|^Bcc:/im);
    assert.doesNotMatch(subject, /[\r\n]/);
  });
});

describe('the kinds of tasks', () => {
  it('that ask for a decision end with its request, and the others by hand', () => {
    const byRequest = Object.keys(TASK_KINDS).filter(endsByRequest);
    const decisions = ['credit_hold', 'shipment_contested', 'quality_failed', 'dispute', 'approval', 'advice_open'];
    assert.deepEqual(byRequest, decisions);
    assert.equal(endsByRequest('constructor'), false);
  });
});
