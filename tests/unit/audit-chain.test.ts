// The sealed form of an audit entry: one text for one content, another for every other; and a chain names its first fault.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  canonicalRecord,
  chainEntries,
  faultOf,
  FIRST_PREVIOUS_HASH,
  sealHash,
  type AuditRecord,
  type ChainHead,
  type FoundLink,
} from '../../src/domain/audit-chain.ts';

function record(id: string, changes: Partial<AuditRecord> = {}): AuditRecord {
  return {
    ...{ id, transactionId: '812', legalEntityId: 'ACME-DE', at: '2026-01-05T10:00:00.123456Z', businessAt: null },
    ...{ actor: 'key:shop', action: 'order.received', orderId: null, subject: 'SO-1', because: null },
    ...{ details: null, requestId: null },
    ...changes,
  };
}

function withDetails(details: string): string {
  return canonicalRecord(record('1', { details }));
}

/** Walks links as `verify` does. @returns position and text of the first fault */
function firstFault(links: readonly FoundLink[]): string | null {
  let before: ChainHead | null = null;
  for (const link of links) {
    const fault = faultOf(before, link);
    if (fault !== null) return `${link.position}: ${fault}`;
    before = { chain: link.chain, position: Number(link.position), hash: link.hash };
  }
  return null;
}

function chained(records: readonly AuditRecord[]): FoundLink[] {
  return chainEntries([], records).map((seal, index) => ({
    ...seal,
    position: String(seal.position),
    record: records[index] ?? null,
  }));
}

describe('the sealed form of an entry', () => {
  it('is JSON with sorted keys and no white space', () => {
    assert.equal(
      canonicalRecord(record('7', { details: '{"b": 1.50, "a": {"d": null, "c": [true, "x"]}}' })),
      '{"action":"order.received","actor":"key:shop","at":"2026-01-05T10:00:00.123456Z","because":null,"businessAt":null,' +
        '"details":{"a":{"c":[true,"x"],"d":null},"b":1.50},"id":"7","legalEntityId":"ACME-DE","orderId":null,"requestId":null,' +
        '"subject":"SO-1","transactionId":"812"}',
    );
  });

  it('keeps the digits of a number, which as floats would be the same', () => {
    assert.match(withDetails('{"x": 9007199254740993}'), /:9007199254740993\}/);
    assert.notEqual(withDetails('{"x": 9007199254740993}'), withDetails('{"x": 9007199254740992}'));
    assert.notEqual(withDetails('{"x": 0.1}'), withDetails('{"x": 0.10000000000000000001}'));
    assert.match(withDetails('[-1.5e-7, 0]'), /\[-1\.5e-7,0\]/);
  });

  it('tells a number from the text of it, and text from what looks like JSON', () => {
    const all = ['1', '"1"', '"n1"', '["1"]', 'null', '"null"', '"{}"', '{}', '[]', '"a\\"b: 1"', '{"__proto__": 1}'];
    assert.equal(new Set(all.map(withDetails)).size, all.length);
  });

  it('is the same whatever the order of keys, and any JSON comes back from it', () => {
    const reversed = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(reversed);
      if (typeof value !== 'object' || value === null) return value;
      const members = Object.entries(value).reverse();
      return Object.fromEntries(members.map(([key, member]) => [key, reversed(member)]));
    };
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (details) => {
        const text = JSON.stringify(details);
        assert.equal(withDetails(JSON.stringify(reversed(JSON.parse(text)))), withDetails(text));
        const sealed: unknown = JSON.parse(withDetails(text));
        assert.deepEqual((sealed as { details: unknown }).details, JSON.parse(text));
      }),
    );
  });

  it('differs when any field differs', () => {
    const base = record('1');
    const others = Object.keys(base).map((field) => canonicalRecord({ ...base, [field]: '"other"' }));
    assert.equal(new Set([canonicalRecord(base), ...others]).size, 13);
  });
});

describe('a chain', () => {
  it('starts at 64 zeros, and each hash is SHA-256 of the one before and the record', () => {
    const [first, second] = chainEntries([], [record('5'), record('3')]);
    const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
    assert.equal(first?.previousHash, FIRST_PREVIOUS_HASH);
    assert.equal(first.hash, sha256('0'.repeat(64) + canonicalRecord(record('5'))));
    assert.equal(second?.hash, sha256(first.hash + canonicalRecord(record('3'))));
    assert.deepEqual([first.position, second.position], [1, 2]);
  });

  it('is one for each legal entity, and one for what belongs to none', () => {
    const head = { chain: 'ACME-DE', position: 41, hash: 'a'.repeat(64) };
    const records = [
      record('1'),
      record('2', { legalEntityId: null }),
      record('3', { legalEntityId: 'ACME-FR' }),
      record('4'),
    ];
    assert.deepEqual(
      chainEntries([head], records).map(
        (seal) => `${seal.chain}/${String(seal.position)} ${seal.previousHash.slice(0, 2)}`,
      ),
      ['ACME-DE/42 aa', '*/1 00', 'ACME-FR/1 00', `ACME-DE/43 ${sealHash(head.hash, record('1')).slice(0, 2)}`],
    );
  });

  const records = ['1', '2', '3', '4', '5'].map((id) => record(id, { subject: `SO-${id}` }));

  it('holds as it was sealed', () => {
    assert.equal(firstFault(chained(records)), null);
  });

  it('names the first link that is altered, and how', () => {
    const links = chained(records);
    const altered = (index: number, change: Partial<FoundLink>) =>
      firstFault(links.map((link, at) => (at === index ? { ...link, ...change } : link)));
    assert.equal(altered(2, { record: record('3') }), '3: entry 3 changed: what it says is not what was sealed');
    assert.equal(altered(2, { record: null }), '3: entry 3 is missing');
    assert.equal(altered(2, { hash: 'f'.repeat(64) }), '3: entry 3 changed: what it says is not what was sealed');
    assert.equal(altered(1, { previousHash: 'f'.repeat(64) }), '2: link broken: it does not follow position 1');
    assert.equal(altered(0, { chain: '*' }), '1: entry 1 changed: it belongs to chain ACME-DE');
    assert.equal(firstFault(links.toSpliced(0, 1)), '2: position 1 is missing, the next one found is 2');
    assert.equal(firstFault(links.toSpliced(2, 2)), '5: position 3 is missing, the next one found is 5');
    const repaired = links.toSpliced(2, 1).map((link, index) => ({ ...link, position: String(index + 1) }));
    assert.equal(firstFault(repaired), '3: link broken: it does not follow position 2');
  });

  it('names a fault for any two links that change places', () => {
    const links = chained(records);
    fc.assert(
      fc.property(fc.nat({ max: 4 }), fc.nat({ max: 4 }), (one, other) => {
        fc.pre(one !== other);
        const swapped = links.map((link, at) => {
          const from = links[at === one ? other : at === other ? one : at];
          return from === undefined ? link : { ...from, position: link.position };
        });
        assert.match(firstFault(swapped) ?? '', new RegExp(`^${String(Math.min(one, other) + 1)}: `));
      }),
    );
  });
});
