// Fields that a change leaves out stay as they are.

/** The given fields without those that are `undefined`. */
export function withoutUndefined<T extends object>(fields: {
  readonly [Key in keyof T]?: T[Key] | undefined;
}): Partial<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>;
}
