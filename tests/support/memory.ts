import type { Page } from 'playwright-core';

/** How many strings in the page's memory hold the text. */
export async function countInMemory(page: Page, text: string): Promise<number> {
  const devtools = await page.context().newCDPSession(page);
  const parts: string[] = [];
  devtools.on('HeapProfiler.addHeapSnapshotChunk', ({ chunk }) => parts.push(chunk));
  await devtools.send('HeapProfiler.collectGarbage');
  await devtools.send('HeapProfiler.takeHeapSnapshot', { reportProgress: false });
  await devtools.detach();
  return parts.join('').split(text).length - 1;
}
