const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;

/** Lives that can be chosen, in seconds. */
export const lifetimes = [
  { value: 10 * minute, label: '10 minutes' },
  { value: hour, label: '1 hour' },
  { value: 4 * hour, label: '4 hours' },
  { value: 12 * hour, label: '12 hours' },
  { value: day, label: '1 day' },
  { value: 7 * day, label: '7 days' },
  { value: 30 * day, label: '30 days' },
] as const;

/** In place of a life's length: it has no end. */
export const never = 0;
