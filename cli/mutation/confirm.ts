import type { Command } from 'commander';
import { CliError } from '../failure/cli-error.ts';
import { exitCodes } from '../failure/exit-codes.ts';
import type { SessionOptions } from '../session/session.ts';

/** What commands take that change who may do something. */
export interface MutationOptions extends SessionOptions {
  readonly confirm?: boolean;
  readonly dryRun?: boolean;
}

/** Adds what commands take that change who may do something. */
export const withConfirmation = (command: Command): Command =>
  command
    .option('--confirm', 'do it; nothing is done without')
    .option('--dry-run', 'show what would be done, as the control plane computes it');

/** Whether to try only. Throws unless one of both is said: nothing happens by accident. */
export function dryRunOf({ confirm = false, dryRun = false }: MutationOptions): boolean {
  if (confirm === dryRun)
    throw new CliError(
      confirm
        ? 'Give --confirm or --dry-run, not both.'
        : 'Nothing was done. See what would be done with --dry-run, and do it with --confirm.',
      exitCodes.usage,
    );
  return dryRun;
}
