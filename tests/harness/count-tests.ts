// Counts tests from the runner's own events: leaves only, so neither suites nor files nor tests that hold others.

import type { TestEvent } from 'node:test/reporters';

export interface TestCounts {
  passed: number;
  failed: number;
  skipped: number;
  /** What failed and why, for the end of the output. */
  readonly failures: string[];
}

export function noTests(): TestCounts {
  return { passed: 0, failed: 0, skipped: 0, failures: [] };
}

type Result = Extract<TestEvent, { type: 'test:pass' | 'test:fail' }>;

/** Failures that only repeat what a child has told already. */
const repeated = 'subtestsFailed';

/** The counts of one file. A crash of the file, a failed hook and a file without tests count as one failure each. */
export function countTests(file: string, events: readonly TestEvent[]): TestCounts {
  const counts = noTests();
  const results = events.filter((event): event is Result => event.type === 'test:pass' || event.type === 'test:fail');
  const parents = new Set(results.filter(isInside).map((event) => event.data.parentId));
  for (const event of results)
    countResult({ file, event, isParent: isInside(event) && isParentOf(event, parents), counts });
  if (counts.passed + counts.failed + counts.skipped === 0) fail(counts, `${file}: holds no tests`);
  return counts;
}

function countResult(one: { file: string; event: Result; isParent: boolean; counts: TestCounts }): void {
  const { file, event, isParent, counts } = one;
  const { data } = event;
  // Only a file itself comes without the file it was started from; that it passed says nothing about its tests.
  if (!isInside(event)) {
    if (event.type === 'test:fail') fail(counts, `${file}: ${reasonOf(event) || 'the file itself failed'}`);
    return;
  }
  const isLeaf = data.details.type !== 'suite' && !isParent;
  if (data.skip !== undefined || data.todo !== undefined) {
    if (isLeaf) counts.skipped += 1;
  } else if (event.type === 'test:fail') {
    if (failureTypeOf(event) !== repeated) fail(counts, `${file}: ${data.name}${whyOf(event)}`);
  } else if (isLeaf) {
    counts.passed += 1;
  }
}

function isParentOf(event: Result, parents: ReadonlySet<number | undefined>): boolean {
  return parents.has(event.data.testId);
}

function isInside(event: Result): boolean {
  return 'entryFile' in event.data && event.data.entryFile !== undefined;
}

function failureTypeOf(event: Result): unknown {
  if (event.type !== 'test:fail') return undefined;
  const { error } = event.data.details;
  return 'failureType' in error ? error.failureType : undefined;
}

function reasonOf(event: Result): string {
  if (event.type !== 'test:fail') return '';
  const { error } = event.data.details;
  return failureTypeOf(event) === 'testAborted' ? 'took too long or was stopped' : error.message;
}

/** How much of a failure's text stands at the end of the output; the whole of it stands with its file. */
const WHY_LINES_MAX = 12;
const WHY_LINE_CHARS_MAX = 300;

/** The first lines of what went wrong, indented: where only the end of a long output is kept, they are what helps. */
function whyOf(event: Result): string {
  const lines = reasonOf(event).split('\n').slice(0, WHY_LINES_MAX);
  return lines.map((line) => `\n      ${line.slice(0, WHY_LINE_CHARS_MAX)}`).join('');
}

function fail(counts: TestCounts, what: string): void {
  counts.failed += 1;
  counts.failures.push(what);
}
