import type { Context } from '../context.ts';
import type { Hands } from '../sandboxes/index.ts';
import type { EndsWithTeam } from '../teams/index.ts';

/** The keys of a tester's team. Both can be repeated. */
export interface TesterKeys {
  /** Gives the team what it should have; never over what it put in itself. Answers what it has, in a sentence. */
  seed(context: Context, userId: string, teamId: string): Promise<string>;
  /** Takes back all of it, at the providers, too. */
  remove(context: Context, userId: string, teamId: string): Promise<void>;
}

/** What testers need of other features. */
export interface TesterParts {
  readonly hands: Hands;
  readonly endsWithTeam: EndsWithTeam;
  /** Erases an account with all that has to end with it. */
  readonly eraseAccount: (context: Context, userId: string, reason: string) => Promise<unknown>;
  /** Undefined where none are given out. */
  readonly keys: TesterKeys | undefined;
  /** The hash of a password that nobody knows. */
  readonly unknownPassword: () => Promise<string>;
}
