import { randomId } from '../random-id.ts';
import { percentPath, type FilePath } from './path.ts';

const fileAddress = (sandboxId: string, path: FilePath): string => `/sandboxes/${sandboxId}/files${percentPath(path)}`;

/** Where a file is downloaded from. */
export const downloadAddress = fileAddress;

/** Where a file is put. A resumable upload has a name of its own, by which it is gone on with. */
export function uploadAddress(
  sandboxId: string,
  path: FilePath,
  { replace, resumable }: { replace: boolean; resumable: boolean },
): string {
  const query = new URLSearchParams({ parents: 'true' });
  if (!replace) query.set('new', 'true');
  if (resumable) query.set('upload', randomId());
  return `${fileAddress(sandboxId, path)}?${query}`;
}
