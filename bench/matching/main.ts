// `npm run bench:matching -- FOLDER [--json]`: how good and how fast the matcher is on a folder of invoices, payments and their truth.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildIndex, matchLines } from '../../src/domain/matching/match.ts';
import { DEFAULT_MATCHING_POLICY } from '../../src/domain/matching/policy.ts';
import { copyPast } from './copies.ts';
import { confirmFirstHalf, readFolder, type Past } from './folder.ts';
import { measureAnswers, type Measured } from './quality.ts';
import { showQuality, showSpeed } from './show.ts';
import { intactLines, measureSpeed, type Speed } from './speed.ts';

const USAGE = `npm run bench:matching -- FOLDER [--json] [--quality]

  FOLDER     a folder with invoices.csv, payments.csv and truth.csv
  --json     the figures as JSON on standard output
  --quality  only how good it is: the speeds are left out, linesPerSecond is that of the folder itself`;

const OPEN_ITEMS_MANY = 100_000;
const OPEN_ITEMS_FEW = 10_000;

interface Speeds {
  readonly many: Speed;
  readonly few: Speed;
  readonly intact: Speed;
}

function main(): number {
  const asked = readArguments();
  if (asked === null) return 2;
  const past = readFolder(asked.folder);
  const cold = measureCold(past);
  const warm = measureWarm(past);
  if (!asked.isJson) process.stdout.write(`${showQuality('cold', cold.quality)}\n${showQuality('warm', warm)}\n`);
  const speeds = asked.isQuality ? null : measureSpeeds(past);
  if (!asked.isJson && speeds !== null) process.stdout.write(`${showSpeed(Object.entries(speeds))}\n`);
  if (asked.isJson) process.stdout.write(`${JSON.stringify(resultOf({ cold, warm, speeds }), null, 2)}\n`);
  return 0;
}

function readArguments(): { folder: string; isJson: boolean; isQuality: boolean } | null {
  try {
    const { values, positionals } = parseArgs({
      options: { json: { type: 'boolean' }, quality: { type: 'boolean' } },
      allowPositionals: true,
    });
    const folder = positionals[0];
    if (positionals.length !== 1 || folder === undefined) throw new Error('Name one folder.');
    if (!existsSync(join(folder, 'truth.csv'))) throw new Error(`There is no truth.csv in ${folder}.`);
    return { folder, isJson: values.json === true, isQuality: values.quality === true };
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}\n`);
    return null;
  }
}

function measureCold(past: Past): { quality: Measured; linesPerSecond: number } {
  const index = buildIndex(past.items, past.payers);
  const from = performance.now();
  const answers = matchLines(index, past.lines, DEFAULT_MATCHING_POLICY);
  const ms = performance.now() - from;
  return { quality: measureAnswers(answers, past.truth), linesPerSecond: Math.round((past.lines.length / ms) * 1000) };
}

/** The whole statement with what was confirmed on its first half; only the second half is counted. */
function measureWarm(past: Past): Measured {
  const answers = matchLines(buildIndex(past.items, confirmFirstHalf(past)), past.lines, DEFAULT_MATCHING_POLICY);
  const counted = new Set(past.lines.slice(Math.floor(past.lines.length / 2)).map((line) => line.id));
  return measureAnswers(answers, past.truth, (id) => counted.has(id));
}

function measureSpeeds(past: Past): Speeds {
  const few = copyPast(past, OPEN_ITEMS_FEW);
  const many = copyPast(past, OPEN_ITEMS_MANY);
  return {
    few: measureSpeed(few, few.lines),
    many: measureSpeed(many, many.lines),
    intact: measureSpeed(many, intactLines(many)),
  };
}

function resultOf(figures: {
  readonly cold: { quality: Measured; linesPerSecond: number };
  readonly warm: Measured;
  readonly speeds: Speeds | null;
}): object {
  const { cold, warm, speeds } = figures;
  const { f1, precision, recall, paymentsRight, automaticShare, automaticPrecision, wrongPer10000 } = cold.quality;
  return {
    f1,
    precision,
    recall,
    paymentsRight,
    automaticShare,
    automaticPrecision,
    wrongPer10000,
    byCategory: cold.quality.byCategory,
    byDisturbance: cold.quality.byDisturbance,
    linesPerSecond: speeds?.many.linesPerSecond ?? cold.linesPerSecond,
    warm,
    speeds,
  };
}

process.exitCode = main();
