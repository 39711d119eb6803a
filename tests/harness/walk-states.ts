// Walks a state table of the domain: where it leads, and where it ends.

/** State → the ways out of it, as `DISPUTE_STATES` and its kin have them. */
type StateTable = Readonly<Record<string, readonly { readonly to: string; readonly by: string }[]>>;

/** @returns the states that can be reached from the first one, and those without a way out, each sorted. */
export function walkStates(table: StateTable, first: string): { reached: string[]; final: string[] } {
  const reached = new Set([first]);
  // A set gives what is added while it is walked, so each state is visited once.
  for (const state of reached) for (const exit of table[state] ?? []) reached.add(exit.to);
  const final = Object.keys(table).filter((state) => table[state]?.length === 0);
  return { reached: [...reached].sort(), final: final.sort() };
}
