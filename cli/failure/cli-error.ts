/** A failure of the command line itself, with the sentence that the user reads. */
export class CliError extends Error {
  override name = 'CliError';
  readonly exitCode: number;

  constructor(sentence: string, exitCode: number, options?: ErrorOptions) {
    super(sentence, options);
    this.exitCode = exitCode;
  }
}
