// Gives each claimant one of the things it could be: what is certain first, alike for alike, and nothing where it is a matter of taste.

/**
 * A claimant with one thing that no other such claimant wants gets it, and so on with what is left; then as many claimants as
 * things, all of which fit all of them alike, are paired in their order. The others get nothing.
 *
 * @param claims each claimant's things, both in an order that does not depend on chance
 */
export function oneToOne(claims: ReadonlyMap<string, readonly string[]>): Map<string, string> {
  const given = new Map<string, string>();
  let left = new Map(claims);
  for (;;) {
    const certain = certainOf(left);
    if (certain.size === 0) break;
    for (const [claimant, thing] of certain) given.set(claimant, thing);
    left = without(left, given);
  }
  for (const [claimant, thing] of alikeOf(left)) given.set(claimant, thing);
  return given;
}

function certainOf(claims: ReadonlyMap<string, readonly string[]>): Map<string, string> {
  const wantedBy = new Map<string, string | null>();
  for (const [claimant, things] of claims) {
    const [only] = things;
    if (only !== undefined && things.length === 1) wantedBy.set(only, wantedBy.has(only) ? null : claimant);
  }
  const certain = new Map<string, string>();
  for (const [thing, claimant] of wantedBy) if (claimant !== null) certain.set(claimant, thing);
  return certain;
}

function without(
  claims: ReadonlyMap<string, readonly string[]>,
  given: ReadonlyMap<string, string>,
): Map<string, readonly string[]> {
  const taken = new Set(given.values());
  const rest = [...claims].filter(([claimant]) => !given.has(claimant));
  return new Map(rest.map(([claimant, things]) => [claimant, things.filter((thing) => !taken.has(thing))]));
}

/** Groups of claimants that want exactly the same things, one for each of them, which nobody else wants. */
function alikeOf(claims: ReadonlyMap<string, readonly string[]>): Map<string, string> {
  const groups = new Map<string, { claimants: string[]; things: readonly string[] }>();
  const wants = new Map<string, number>();
  for (const [claimant, things] of claims) {
    for (const thing of things) wants.set(thing, (wants.get(thing) ?? 0) + 1);
    const key = [...things].sort().join(' ');
    const group = groups.get(key) ?? { claimants: [], things };
    group.claimants.push(claimant);
    groups.set(key, group);
  }
  const given = new Map<string, string>();
  for (const { claimants, things } of groups.values()) {
    const isTheirs = things.every((thing) => wants.get(thing) === claimants.length);
    if (claimants.length < 2 || claimants.length !== things.length || !isTheirs) continue;
    claimants.forEach((claimant, at) => {
      const thing = things[at];
      if (thing !== undefined) given.set(claimant, thing);
    });
  }
  return given;
}
