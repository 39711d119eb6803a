// The day and the moment of a customer's letter: the window, the spread, the days off.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { localInstant, type Calendar } from '../../src/domain/calendar.ts';
import { GATHER_MS, handInAt, isSendDay, letterDay, sendAt, sendDayOnOrAfter } from '../../src/domain/letter-day.ts';
import { POLICY_V1, type Policy } from '../../src/domain/policy.ts';
import { spreadMs } from '../../src/domain/spread.ts';

const BERLIN: Calendar = {
  zone: 'Europe/Berlin',
  weekend: new Set([6, 7]),
  holidays: new Set(['2026-04-03', '2026-04-06']),
};
const ALWAYS: Policy = {
  ...POLICY_V1,
  sendWindow: { days: 'every', opens: '00:00', closes: '24:00', spreadMinutes: 0 },
};
const at = (date: string, time: string): number => localInstant(BERLIN.zone, date, time);
const HOUR = 3_600_000;

describe('the day of a letter', () => {
  it('is a working day, or any day where the policy says so', () => {
    assert.equal(sendDayOnOrAfter(POLICY_V1, BERLIN, '2026-04-03'), '2026-04-07');
    assert.equal(sendDayOnOrAfter(ALWAYS, BERLIN, '2026-04-03'), '2026-04-03');
    assert.equal(isSendDay(POLICY_V1, BERLIN, '2026-04-04'), false);
    assert.equal(isSendDay(ALWAYS, BERLIN, '2026-04-04'), true);
  });

  it('is today until the window closes, then the next send day', () => {
    assert.equal(letterDay(POLICY_V1, BERLIN, at('2026-04-02', '00:01')), '2026-04-02');
    assert.equal(letterDay(POLICY_V1, BERLIN, at('2026-04-02', '18:00') - 1), '2026-04-02');
    assert.equal(letterDay(POLICY_V1, BERLIN, at('2026-04-02', '18:00')), '2026-04-07');
    assert.equal(letterDay(POLICY_V1, BERLIN, at('2026-04-04', '09:00')), '2026-04-07');
    assert.equal(letterDay(ALWAYS, BERLIN, at('2026-04-04', '23:59')), '2026-04-04');
  });
});

describe('the moment of handing in', () => {
  it('lies between midnight and the opening of the window', () => {
    fc.assert(
      fc.property(fc.uuid(), (key) => {
        const moment = handInAt(POLICY_V1, BERLIN, { day: '2026-01-12', key });
        assert.ok(moment >= at('2026-01-12', '00:00') && moment < at('2026-01-12', '08:00'));
      }),
    );
  });

  it('is midnight where the window is always open', () => {
    assert.equal(handInAt(ALWAYS, BERLIN, { day: '2026-01-12', key: 'x' }), at('2026-01-12', '00:00'));
  });
});

describe('the moment of sending', () => {
  it('lies in the first hours of the window', () => {
    fc.assert(
      fc.property(fc.uuid(), (key) => {
        const sent = sendAt(POLICY_V1, BERLIN, { day: '2026-01-12', key, now: at('2026-01-12', '03:00') });
        assert.ok(sent.at >= at('2026-01-12', '08:00') && sent.at < at('2026-01-12', '12:00'));
        assert.equal(sent.closesAt, at('2026-01-12', '18:00'));
      }),
    );
  });

  it('is never before now, and never after the window closed, when asked for inside it', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.integer({ min: 0, max: 18 * HOUR - 1 }), (key, since) => {
        const now = at('2026-01-12', '00:00') + since;
        const sent = sendAt(POLICY_V1, BERLIN, { day: '2026-01-12', key, now });
        assert.ok(sent.at >= now && sent.at < sent.closesAt);
      }),
    );
  });

  it('leaves time to gather what is handed in at the same moment', () => {
    const now = at('2026-01-12', '00:00');
    assert.equal(sendAt(ALWAYS, BERLIN, { day: '2026-01-12', key: 'x', now }).at, now + GATHER_MS);
    const late = at('2026-01-12', '24:00') - GATHER_MS;
    assert.equal(sendAt(ALWAYS, BERLIN, { day: '2026-01-12', key: 'x', now: late }).at, late);
  });

  it('is at once when the window has closed', () => {
    const now = at('2026-01-13', '09:00');
    assert.equal(sendAt(POLICY_V1, BERLIN, { day: '2026-01-12', key: 'x', now }).at, now);
  });
});

describe('spreading', () => {
  it('gives the same place to the same key, and none to an empty span', () => {
    assert.equal(spreadMs('C-1', 1000), spreadMs('C-1', 1000));
    assert.equal(spreadMs('C-1', 0), 0);
    assert.equal(spreadMs('C-1', -5), 0);
  });

  it('leaves no minute of four hours with more than its share of ten thousand customers', () => {
    const perMinute = new Map<number, number>();
    for (let index = 0; index < 10_000; index += 1) {
      const minute = Math.floor(spreadMs(`C-${String(index)}`, 240 * 60_000) / 60_000);
      perMinute.set(minute, (perMinute.get(minute) ?? 0) + 1);
    }
    // 42 are expected; twice as many would be a hash that clumps.
    assert.ok(Math.max(...perMinute.values()) < 84);
    assert.equal(perMinute.size, 240);
  });
});
