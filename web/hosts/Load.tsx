import type { Host } from '#proto/muster/v1/host_pb.js';
import { classes } from '../parts/classes.ts';
import { mebibytes, processors } from '../parts/sizes.ts';

interface Share {
  readonly word: string;
  readonly used: number;
  readonly of: number;
  readonly text: (value: number) => string;
}

/** What of a host is promised to sandboxes, against what may be promised. */
export function hostShares(host: Host): readonly Share[] {
  const { specs, usage, overcommit } = host;
  if (specs === undefined) return [];
  return [
    { word: 'CPU', used: usage?.cpu ?? 0, of: specs.cpus * (overcommit?.cpu ?? 1), text: processors },
    {
      word: 'Memory',
      used: Number(usage?.memoryMib ?? 0n),
      of: Number(specs.memoryMib) * (overcommit?.memory ?? 1),
      text: mebibytes,
    },
    {
      word: 'Disk',
      used: Number(usage?.diskMib ?? 0n),
      of: Number(specs.diskMib) * (overcommit?.disk ?? 1),
      text: mebibytes,
    },
  ];
}

const share = ({ used, of }: Share): number => (of > 0 ? Math.min(1, used / of) : 0);

/** The fullest of a host's resources as a short bar. */
export function LoadBar({ host }: { host: Host }) {
  const fullest = hostShares(host).toSorted((a, b) => share(b) - share(a))[0];
  if (fullest === undefined) return <span className="text-ink-faint">–</span>;
  return (
    <span
      className="inline-flex items-center gap-2"
      title={`${fullest.text(fullest.used)} of ${fullest.text(fullest.of)} ${fullest.word.toLowerCase()} promised`}
    >
      <Bar share={share(fullest)} className="w-16" />
      <span className="w-9 text-right">{Math.round(share(fullest) * 100)}%</span>
      <span className="text-small text-ink-faint">{fullest.word}</span>
    </span>
  );
}

/** All of a host's resources with their numbers. */
export function LoadTable({ host }: { host: Host }) {
  return (
    <ul className="flex flex-col gap-3.5 p-4">
      {hostShares(host).map((one) => (
        <li key={one.word} className="flex flex-col gap-1.5 text-table">
          <div className="flex justify-between gap-3">
            <span className="text-ink-faint">{one.word}</span>
            <span>
              {one.text(one.used)} <span className="text-ink-faint">of {one.text(one.of)}</span>
            </span>
          </div>
          <Bar share={share(one)} className="w-full" />
        </li>
      ))}
    </ul>
  );
}

function Bar({ share: part, className }: { share: number; className: string }) {
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
