/** Why Muster cannot start here, in one sentence for the person at the terminal. */
export class StartProblem extends Error {
  override name = 'StartProblem';
}
