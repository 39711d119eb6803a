// How a history is kept in a file: protobuf's plain object form as JSON, bytes in base64, 64-bit numbers as text.

import proto from '@temporalio/proto';

type IHistory = proto.temporal.api.history.v1.IHistory;
const { History } = proto.temporal.api.history.v1;

export function historyToText(history: IHistory): string {
  const plain = History.toObject(History.fromObject(history), { bytes: String, longs: String, enums: String });
  return `${JSON.stringify(plain, null, 1)}\n`;
}

/** Throws on a text that is no JSON. */
export function historyFromText(text: string): IHistory {
  return History.fromObject(JSON.parse(text) as Record<string, unknown>);
}
