// Civil dates: leap days, ends of months, and days counted over them.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  addDays,
  addMonths,
  dayOfWeek,
  daysBetween,
  firstOfMonth,
  fromEpochDay,
  isIsoDate,
  lastOfMonth,
  toEpochDay,
} from '../../src/domain/dates.ts';

const date = fc.integer({ min: toEpochDay('1900-01-01'), max: toEpochDay('2999-12-31') }).map(fromEpochDay);

describe('a date', () => {
  it('is a real day in ISO form between 1900 and 2999', () => {
    for (const text of ['1900-01-01', '2028-02-29', '2000-02-29', '2999-12-31']) assert.ok(isIsoDate(text), text);
    for (const text of [
      '2026-02-29',
      '1900-02-29',
      '2026-2-3',
      '26-02-03',
      '2026-13-01',
      '2026-00-10',
      '2026-04-31',
      '1899-12-31',
      '3000-01-01',
      '2026-11-21T00:00',
      '',
    ]) {
      assert.equal(isIsoDate(text), false, text);
    }
  });

  it('is counted in days since 1970, there and back', () => {
    assert.equal(toEpochDay('1970-01-01'), 0);
    assert.equal(toEpochDay('1969-12-31'), -1);
    fc.assert(fc.property(date, (day) => fromEpochDay(toEpochDay(day)) === day && isIsoDate(day)));
  });

  it('is a defect when it is none', () => {
    assert.throws(() => toEpochDay('yesterday'), /defect/);
    assert.throws(() => toEpochDay('2026-13-01'), /defect/);
  });

  it('moves by days over leap days and years', () => {
    assert.equal(addDays('2028-02-28', 1), '2028-02-29');
    assert.equal(addDays('2026-02-28', 1), '2026-03-01');
    assert.equal(addDays('2026-12-31', 1), '2027-01-01');
    assert.equal(daysBetween('2026-03-01', '2026-02-28'), -1);
    fc.assert(
      fc.property(
        date,
        fc.integer({ min: -400, max: 400 }),
        (day, count) => daysBetween(day, addDays(day, count)) === count,
      ),
    );
  });

  it('knows its weekday', () => {
    assert.equal(dayOfWeek('1970-01-01'), 4);
    assert.equal(dayOfWeek('2026-11-21'), 6);
    assert.equal(dayOfWeek('1969-12-28'), 7);
    fc.assert(fc.property(date, (day) => dayOfWeek(addDays(day, 1)) === (dayOfWeek(day) % 7) + 1));
  });

  it('moves by months and stops at their end', () => {
    assert.equal(addMonths('2026-01-31', 1), '2026-02-28');
    assert.equal(addMonths('2027-11-30', 3), '2028-02-29');
    assert.equal(addMonths('2026-12-15', 1), '2027-01-15');
    assert.equal(addMonths('2026-01-15', -1), '2025-12-15');
    assert.equal(addMonths('2026-03-31', -13), '2025-02-28');
    fc.assert(
      fc.property(
        date,
        fc.integer({ min: -24, max: 24 }),
        (day, months) => isIsoDate(addMonths(day, months)) || day < '1903' || day > '2996',
      ),
    );
  });

  it('has a first and a last of its month', () => {
    assert.equal(firstOfMonth('2028-02-17'), '2028-02-01');
    assert.equal(lastOfMonth('2028-02-17'), '2028-02-29');
    assert.equal(lastOfMonth('2026-12-01'), '2026-12-31');
  });
});
