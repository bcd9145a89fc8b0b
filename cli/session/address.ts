import { CliError } from '../failure/cli-error.ts';
import { exitCodes } from '../failure/exit-codes.ts';

const defaultServer = 'http://127.0.0.1:7080';

/** The control plane's address: from the option or the environment, without a slash at its end. */
export function serverAddress(given: string | undefined): string {
  const text = given || defaultServer;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.search || url.hash) {
    throw new CliError(
      `"${text}" is no address of a control plane. Give one such as ${defaultServer}.`,
      exitCodes.usage,
    );
  }
  return url.href.replace(/\/+$/, '');
}
