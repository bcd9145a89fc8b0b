import { StartupError } from '../errors.ts';
import { isDatabaseUnavailable } from './failures.ts';

/** The sentence for a database that cannot be used at the start; undefined for every other error. */
export function databaseProblem(error: unknown): StartupError | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  const said = error.message.replace(/\.$/, '');
  if (isDatabaseUnavailable(error))
    return new StartupError(`The database of DATABASE_URL cannot be reached (${said}): start it or correct the URL.`, {
      cause: error,
    });
  // Wrong password, unknown user, unknown database: SQLSTATE 28 and 3D.
  if (typeof error.code === 'string' && /^(28|3D)/.test(error.code)) {
    return new StartupError(`The database of DATABASE_URL refuses the connection (${said}): correct the URL.`, {
      cause: error,
    });
  }
  return undefined;
}
