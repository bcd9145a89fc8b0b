/** The agent cannot start, or what was asked cannot be done. One sentence for the person at the terminal; exit code 1. */
export class StartupError extends Error {
  override readonly name = 'StartupError';
}
