import { classes } from './classes.ts';

/** What is used of something limited. */
export interface Share {
  readonly word: string;
  readonly used: number;
  /** Zero for no limit. */
  readonly of: number;
  readonly text: (value: number) => string;
}

/** The used part, from 0 to 1. */
export const usedPart = ({ used, of }: Share): number => (of > 0 ? Math.min(1, used / of) : 0);

/** Limited things one under the other, with their numbers. */
export function ShareList({ shares }: { shares: readonly Share[] }) {
  return (
    <ul className="flex flex-col gap-3.5 p-4">
      {shares.map((one) => (
        <li key={one.word} className="flex flex-col gap-1.5 text-table">
          <div className="flex justify-between gap-3">
            <span className="text-ink-faint">{one.word}</span>
            <span>
              {one.text(one.used)}{' '}
              <span className="text-ink-faint">{one.of > 0 ? `of ${one.text(one.of)}` : 'without a limit'}</span>
            </span>
          </div>
          {one.of > 0 && <Bar share={usedPart(one)} className="w-full" />}
        </li>
      ))}
    </ul>
  );
}

/** A part of a whole; turns amber before it is full. */
export function Bar({ share: part, className }: { share: number; className: string }) {
  const percent = Math.round(part * 100);
  return (
    <span
      aria-hidden
      className={classes('h-1.5 overflow-hidden rounded-full bg-unknown-soft ring-1 ring-line ring-inset', className)}
    >
      <span
        className={classes(
          'block h-full rounded-full transition-[width] duration-200',
          part >= 0.9 ? 'bg-attention-solid' : 'bg-accent',
        )}
        style={{ width: `${percent}%` }}
      />
    </span>
  );
}
