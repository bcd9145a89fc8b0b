const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** How long ago or from now, in the words of a person: "just now", "12 s ago", "in 3 min", "2 days ago". */
export function relativeTime(at: number, now: number): string {
  const distance = now - at;
  const length = Math.abs(distance);
  if (length < 2 * second) return 'just now';
  const words = roughLength(length);
  return distance > 0 ? `${words} ago` : `in ${words}`;
}

/** A length of time by its largest unit: "12 s", "4 min", "3 h", "2 days". */
export function roughLength(ms: number): string {
  if (ms < minute) return `${Math.floor(ms / second)} s`;
  if (ms < hour) return `${Math.floor(ms / minute)} min`;
  if (ms < 2 * day) return `${Math.floor(ms / hour)} h`;
  return `${Math.floor(ms / day)} days`;
}

/** A length of time to the second, for what counts down: "0:42", "12:05", "3:07:00", "2 d 04:10". */
export function clockLength(ms: number): string {
  const total = Math.max(0, Math.ceil(ms / second));
  const pad = (value: number) => String(value).padStart(2, '0');
  const days = Math.floor(total / 86_400);
  const hours = Math.floor((total % 86_400) / 3600);
  const minutes = Math.floor((total % 3600) / 60);
  if (days > 0) return `${days} d ${pad(hours)}:${pad(minutes)}`;
  if (hours > 0) return `${hours}:${pad(minutes)}:${pad(total % 60)}`;
  return `${minutes}:${pad(total % 60)}`;
}

/** How long something took, as exact as it deserves: "6 ms", "1.24 s", "3 min 05 s". */
export function tookLength(ms: number): string {
  if (ms < second) return `${Math.round(ms)} ms`;
  if (ms < minute) return `${(ms / second).toFixed(ms < 10 * second ? 2 : 1)} s`;
  if (ms < hour)
    return `${Math.floor(ms / minute)} min ${String(Math.floor((ms % minute) / second)).padStart(2, '0')} s`;
  return `${Math.floor(ms / hour)} h ${String(Math.floor((ms % hour) / minute)).padStart(2, '0')} min`;
}

const exact = new Intl.DateTimeFormat('en-GB', {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  timeZoneName: 'short',
});

/** The exact local time, shown on hover. */
export const exactTime = (at: number): string => exact.format(at);
