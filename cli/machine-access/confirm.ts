import { CliError } from '../failure/cli-error.ts';
import { exitCodes } from '../failure/exit-codes.ts';
import type { SessionOptions } from '../session/session.ts';

/** What commands take that let somebody off machines. */
export interface ConfirmOptions extends SessionOptions {
  readonly confirm?: boolean;
}

/** Throws unless it was meant; says what it would have done. */
export function requireConfirm({ confirm = false }: ConfirmOptions, what: string): void {
  if (!confirm) throw new CliError(`Nothing was done. With --confirm, ${what}.`, exitCodes.usage);
}
