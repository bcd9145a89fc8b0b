import type { TeamQuota } from '#proto/muster/v1/team_pb.js';
import { usedPart, type Share } from '../parts/Shares.tsx';
import { mebibytes, processors } from '../parts/sizes.ts';

const count = (value: number): string => String(value);

/** What a team uses of what it may use. */
export function quotaShares(used: TeamQuota | undefined, quota: TeamQuota | undefined): readonly Share[] {
  return [
    { word: 'Sandboxes', used: used?.sandboxes ?? 0, of: quota?.sandboxes ?? 0, text: count },
    { word: 'CPU', used: used?.cpu ?? 0, of: quota?.cpu ?? 0, text: processors },
    { word: 'Memory', used: Number(used?.memoryMib ?? 0n), of: Number(quota?.memoryMib ?? 0n), text: mebibytes },
    { word: 'Disk', used: Number(used?.diskMib ?? 0n), of: Number(quota?.diskMib ?? 0n), text: mebibytes },
  ];
}

/** From here on the page says that a limit is near. */
const nearPart = 0.8;

/** What will soon refuse new sandboxes, in a sentence; undefined where nothing is near. */
export function nearLimit(shares: readonly Share[]): string | undefined {
  const near = shares.filter((one) => usedPart(one) >= nearPart).toSorted((a, b) => usedPart(b) - usedPart(a))[0];
  if (near === undefined) return undefined;
  const limit = `${near.word}: ${near.text(near.used)} of ${near.text(near.of)}.`;
  return usedPart(near) >= 1
    ? `${limit} New sandboxes are refused until some end or a platform admin raises the quota.`
    : `${limit} New sandboxes will soon be refused; a platform admin can raise the quota.`;
}

/** A quota in a cell: its limits, or that there is none. */
export function quotaWords(quota: TeamQuota | undefined): string {
  const limits = quotaShares(undefined, quota)
    .filter(({ of }) => of > 0)
    .map(({ word, of, text }) =>
      word === 'Sandboxes' ? `${of} ${of === 1 ? 'sandbox' : 'sandboxes'}` : words(word, text(of)),
    );
  if (quota && quota.hosts > 0) limits.push(`${quota.hosts} own ${quota.hosts === 1 ? 'host' : 'hosts'}`);
  return limits.length === 0 ? 'no limit' : limits.join(', ');
}

const words = (word: string, amount: string): string => (word === 'CPU' ? amount : `${amount} ${word.toLowerCase()}`);
