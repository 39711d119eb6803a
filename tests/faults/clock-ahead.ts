// Preloaded into a worker (`node --import`): its clock is three days ahead of everybody else's.

const AHEAD_MS = 3 * 86_400_000;
const RightDate = Date;

globalThis.Date = new Proxy(RightDate, {
  construct: (target, args: unknown[]): Date =>
    Reflect.construct(target, args.length === 0 ? [RightDate.now() + AHEAD_MS] : args) as Date,
  apply: () => new Date().toString(),
  get: (target, name) => (name === 'now' ? () => RightDate.now() + AHEAD_MS : (Reflect.get(target, name) as unknown)),
});
