import type { Host } from '#proto/muster/v1/host_pb.js';
import { Bar, ShareList, usedPart, type Share } from '../parts/Shares.tsx';
import { mebibytes, processors } from '../parts/sizes.ts';

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

/** The fullest of a host's resources as a short bar. */
export function LoadBar({ host }: { host: Host }) {
  const fullest = hostShares(host).toSorted((a, b) => usedPart(b) - usedPart(a))[0];
  if (fullest === undefined) return <span className="text-ink-faint">–</span>;
  return (
    <span
      className="inline-flex items-center gap-2"
      title={`${fullest.text(fullest.used)} of ${fullest.text(fullest.of)} ${fullest.word.toLowerCase()} promised`}
    >
      <Bar share={usedPart(fullest)} className="w-16" />
      <span className="w-9 text-right">{Math.round(usedPart(fullest) * 100)}%</span>
      <span className="text-small text-ink-faint">{fullest.word}</span>
    </span>
  );
}

/** All of a host's resources with their numbers. */
export const LoadTable = ({ host }: { host: Host }) => <ShareList shares={hostShares(host)} />;
