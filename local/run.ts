import { once } from 'node:events';
import { join } from 'node:path';
import { AgentReport } from './agent/report.ts';
import { startAgent } from './agent/start.ts';
import type { BringUp } from './bring-up.ts';
import { provideConsole } from './console/provide.ts';
import { Admin } from './control-plane/admin.ts';
import { startControlPlane } from './control-plane/start.ts';
import type { DataDir } from './data-dir/open.ts';
import { provideDatabase } from './database.ts';
import type { Settings } from './settings.ts';
import { farewellOf, summaryOf } from './summary.ts';
import { provideSystemPackages } from './system-packages/provide.ts';
import { Board, paint, type Screen } from './terminal/board.ts';

interface Run {
  readonly settings: Settings;
  readonly dataDir: DataDir;
  readonly screen: Screen;
  readonly signal: AbortSignal;
}

/** Brings everything up, shows what to do with it, and stops it in the opposite order once the signal is aborted. */
export async function runMuster({ settings, dataDir, screen, signal }: Run): Promise<void> {
  screen.write(`\n  ${paint(screen, 'bold', 'Muster')}  ${paint(screen, 'dim', dataDir.path)}\n\n`);
  const started = new AsyncDisposableStack();
  const board = new Board(screen);
  const agent = new AgentReport(board);
  try {
    const setupLink = await bringUp({ settings, dataDir, board, agent, signal, started });
    board.print(summaryOf(screen, settings, setupLink));
    if (!signal.aborted) await once(signal, 'abort');
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    if (signal.aborted) board.print('\n  Stopping: the sandboxes are paused, then everything ends in order …');
    await started.disposeAsync();
    if (signal.aborted) screen.write(`${farewellOf(agent.pausedSandboxes)}\n`);
  }
}

/** Answers the link for the first admin, as long as there is none. */
async function bringUp(context: BringUp): Promise<string | undefined> {
  const { settings, dataDir, board, agent, signal, started } = context;
  const part = board.begin('System packages', 'looking for them');
  const packages = provideSystemPackages(part, join(dataDir.logs, 'apt.log'));
  started.defer(() => packages);
  const [database] = await Promise.allSettled([provideDatabase(context), provideConsole(context)]);
  if (database.status === 'rejected') throw database.reason;
  await startControlPlane(context, database.value);
  const admin = new Admin(settings, database.value);
  const [prepared, setupLink] = await Promise.all([admin.prepareLocal(), admin.setupLink()]);
  signal.throwIfAborted();
  await packages;
  await startAgent(context, admin, prepared);
  if (agent.isMaking) board.print(`    Meanwhile: ${setupLink ?? settings.publicUrl}`);
  await agent.templatesMade(signal);
  return setupLink;
}
