// The twin's one activity, which does nothing.

export interface TwinActivities {
  nothing(): Promise<void>;
}

export const twinActivities: TwinActivities = {
  nothing: () => Promise.resolve(),
};
