import { stopwatch, type BringUp } from '../bring-up.ts';
import { buildConsole } from './build.ts';

/** Sees to an up-to-date console. Without it, everything but the pages works. */
export async function provideConsole({ settings, board }: BringUp): Promise<void> {
  const part = board.begin('Console', 'looking for changes');
  const elapsed = stopwatch();
  try {
    const build = await buildConsole(settings.root, () => part.update('building'));
    part.done(build === 'unchanged' ? 'built before' : `built, ${elapsed()}`);
  } catch (error) {
    part.warn('not built; everything but its pages works');
    board.print(error instanceof Error ? error.message : String(error));
  }
}
