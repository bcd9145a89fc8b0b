import type { Source } from '../git/branches.ts';
import { parseAddress } from './address.ts';
import { localRepository, PathRefused } from './local-path.ts';

/** Checks an address and answers what may be fetched from now. Throws PathRefused with one sentence. */
export async function openSource(url: string, roots: readonly string[]): Promise<Source> {
  const parsed = parseAddress(url);
  if ('problem' in parsed) throw new PathRefused(parsed.problem);
  if (parsed.transport !== 'file') return parsed;
  return { transport: 'file', address: await localRepository(parsed.address, roots) };
}
