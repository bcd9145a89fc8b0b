import { readFileSync } from 'node:fs';
import { endsOf } from './addresses.ts';

/** Bytes that a sandbox has received and sent over its link; none where it has none. What it sends, the host's end receives. */
export function linkCounters(firstId: number): { readonly receivedBytes: number; readonly sentBytes: number } {
  const directory = `/sys/class/net/${endsOf(firstId).link}/statistics`;
  try {
    const count = (name: string) => Number(readFileSync(`${directory}/${name}`, 'utf8'));
    return { receivedBytes: count('tx_bytes'), sentBytes: count('rx_bytes') };
  } catch {
    return { receivedBytes: 0, sentBytes: 0 };
  }
}
