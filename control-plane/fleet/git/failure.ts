/** Why git gave no answer. */
export type GitProblem = 'failed' | 'timeout' | 'too_large' | 'not_installed' | 'canceled';

/** Git was asked and did not answer as it should. `exitCode` is set where git itself ended. */
export class GitFailure extends Error {
  readonly problem: GitProblem;
  readonly exitCode: number | undefined;

  constructor(problem: GitProblem, message: string, options: { exitCode?: number | undefined; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = 'GitFailure';
    this.problem = problem;
    this.exitCode = options.exitCode;
  }
}

const longest = 300;

/** Git's own last words, fit to be shown: one line, without its prefixes and without control characters. */
export function lastWords(stderr: string): string {
  const lines = stderr
    .split(/[\r\n]+/)
    .map((line) => line.replace(/\p{Cc}/gu, ' ').trim())
    .filter(Boolean);
  const fatal = lines.find((line) => line.startsWith('fatal: ')) ?? lines.at(-1) ?? '';
  return fatal.replace(/^(fatal|error): /, '').slice(0, longest);
}
