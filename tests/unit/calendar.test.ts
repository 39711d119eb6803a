// Working days and local clocks, in zones that jump, with holidays, over leap days.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  addWorkingDays,
  isWorkingDay,
  isZone,
  localDate,
  localInstant,
  workingDayOnOrAfter,
  type Calendar,
} from '../../src/domain/calendar.ts';
import { addDays, fromEpochDay, toEpochDay } from '../../src/domain/dates.ts';
import { weekendOf } from '../../src/domain/weekends.ts';

const BERLIN: Calendar = {
  zone: 'Europe/Berlin',
  weekend: new Set([6, 7]),
  holidays: new Set(['2026-04-03', '2026-04-06', '2026-12-25', '2026-12-26', '2027-01-01']),
};
const RIYADH: Calendar = { zone: 'Asia/Riyadh', weekend: new Set(weekendOf('SA')), holidays: new Set() };

const zone = fc.constantFrom(
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'Pacific/Apia',
  'America/Sao_Paulo',
  'Africa/Cairo',
  'UTC',
);
const date = fc.integer({ min: toEpochDay('2000-01-01'), max: toEpochDay('2040-12-31') }).map(fromEpochDay);

function utc(instant: number): string {
  return new Date(instant).toISOString();
}

describe('working days', () => {
  it('leave out the weekend of the country and its holidays', () => {
    assert.equal(isWorkingDay(BERLIN, '2026-04-02'), true);
    assert.equal(isWorkingDay(BERLIN, '2026-04-03'), false);
    assert.equal(isWorkingDay(BERLIN, '2026-04-04'), false);
    assert.equal(isWorkingDay(RIYADH, '2026-04-03'), false);
    assert.equal(isWorkingDay(RIYADH, '2026-04-05'), true);
  });

  it('are found on or after a day', () => {
    assert.equal(workingDayOnOrAfter(BERLIN, '2026-04-02'), '2026-04-02');
    assert.equal(workingDayOnOrAfter(BERLIN, '2026-04-03'), '2026-04-07');
    assert.equal(workingDayOnOrAfter(BERLIN, '2026-12-25'), '2026-12-28');
  });

  it('are counted without the day itself', () => {
    assert.equal(addWorkingDays(BERLIN, '2026-04-02', 0), '2026-04-02');
    assert.equal(addWorkingDays(BERLIN, '2026-04-02', 1), '2026-04-07');
    assert.equal(addWorkingDays(BERLIN, '2026-04-04', 1), '2026-04-07');
    assert.equal(addWorkingDays(BERLIN, '2026-12-24', 5), '2027-01-04');
    assert.equal(addWorkingDays(RIYADH, '2026-04-01', 2), '2026-04-05');
    assert.equal(addWorkingDays({ ...BERLIN, weekend: new Set([6, 7]) }, '2028-02-28', 1), '2028-02-29');
  });

  it('are n of them between a day and its n-th working day', () => {
    fc.assert(
      fc.property(date, fc.nat(40), (from, count) => {
        const to = addWorkingDays(BERLIN, from, count);
        let counted = 0;
        for (let day = addDays(from, 1); day <= to; day = addDays(day, 1)) if (isWorkingDay(BERLIN, day)) counted += 1;
        assert.equal(counted, count);
        assert.ok(count === 0 || isWorkingDay(BERLIN, to));
      }),
    );
  });

  it('are a defect in a calendar that has none', () => {
    const never: Calendar = { ...BERLIN, weekend: new Set([1, 2, 3, 4, 5, 6, 7]) };
    assert.throws(() => workingDayOnOrAfter(never, '2026-01-01'), /defect/);
  });
});

describe('local time', () => {
  it('turns into an instant in its zone', () => {
    assert.equal(utc(localInstant('Europe/Berlin', '2026-01-12', '08:00')), '2026-01-12T07:00:00.000Z');
    assert.equal(utc(localInstant('Europe/Berlin', '2026-07-12', '08:00')), '2026-07-12T06:00:00.000Z');
    assert.equal(utc(localInstant('Asia/Kathmandu', '2026-07-12', '08:00')), '2026-07-12T02:15:00.000Z');
  });

  it('moves forward out of the gap when summer time starts', () => {
    assert.equal(utc(localInstant('Europe/Berlin', '2026-03-29', '02:30')), '2026-03-29T01:30:00.000Z');
    assert.equal(utc(localInstant('Europe/Berlin', '2026-03-29', '03:30')), '2026-03-29T01:30:00.000Z');
  });

  it('is the first of the two when the hour comes twice', () => {
    assert.equal(utc(localInstant('Europe/Berlin', '2026-10-25', '02:30')), '2026-10-25T00:30:00.000Z');
  });

  it('starts a day that has no midnight at its first moment', () => {
    // Cairo goes from 23:59 straight to 01:00 on the last Friday of April.
    assert.equal(utc(localInstant('Africa/Cairo', '2026-04-24', '00:00')), '2026-04-23T22:00:00.000Z');
    assert.equal(localDate('Africa/Cairo', localInstant('Africa/Cairo', '2026-04-24', '00:00')), '2026-04-24');
  });

  it('ends a day at 24:00, which is the next midnight', () => {
    assert.equal(utc(localInstant('Europe/Berlin', '2026-01-12', '24:00')), '2026-01-12T23:00:00.000Z');
    assert.equal(
      localInstant('Europe/Berlin', '2026-03-29', '24:00') - localInstant('Europe/Berlin', '2026-03-29', '00:00'),
      23 * 3_600_000,
    );
    assert.equal(
      localInstant('Europe/Berlin', '2028-02-28', '24:00'),
      localInstant('Europe/Berlin', '2028-02-29', '00:00'),
    );
  });

  it('is the date on the wall, to the millisecond', () => {
    assert.equal(localDate('Europe/Berlin', Date.parse('2026-01-12T22:59:59.999Z')), '2026-01-12');
    assert.equal(localDate('Europe/Berlin', Date.parse('2026-01-12T23:00:00.000Z')), '2026-01-13');
    assert.equal(localDate('Pacific/Apia', Date.parse('2026-01-12T11:00:00.000Z')), '2026-01-13');
    assert.equal(localDate('America/New_York', Date.parse('2028-02-29T04:59:59.999Z')), '2028-02-28');
  });

  it('agrees with the date of its own instants', () => {
    fc.assert(
      fc.property(zone, date, fc.constantFrom('04:00', '08:00', '12:30', '23:59'), (name, day, time) => {
        // Apia left out the whole of 30 December 2011.
        fc.pre(!(name === 'Pacific/Apia' && day === '2011-12-30'));
        assert.equal(localDate(name, localInstant(name, day, time)), day);
        assert.ok(localInstant(name, day, '24:00') > localInstant(name, day, time));
      }),
    );
  });

  it('agrees with Intl, which reads the same rules another way', () => {
    fc.assert(
      fc.property(
        zone,
        fc.integer({ min: Date.parse('2015-01-01'), max: Date.parse('2036-01-01') }),
        (name, instant) => {
          assert.equal(localDate(name, instant), new Intl.DateTimeFormat('en-CA', { timeZone: name }).format(instant));
        },
      ),
    );
  });

  it('needs a zone by its IANA name', () => {
    assert.equal(isZone('Europe/Berlin'), true);
    for (const name of ['', 'Europe/Nowhere', '+01:00', 'Mars']) assert.equal(isZone(name), false, name);
  });
});
