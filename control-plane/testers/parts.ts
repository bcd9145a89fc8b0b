import type { Context } from '../context.ts';
import type { Hands } from '../sandboxes/index.ts';
import type { EndsWithTeam } from '../teams/index.ts';

/** Who is given keys, and the team whose sandboxes they are for. */
interface Holder {
  readonly userId: string;
  readonly teamId: string;
}

/** The keys of a tester's team. Both can be repeated. */
export interface TesterKeys {
  /** Gives the team what it should have; never over what it put in itself. Answers what it has. */
  seed(context: Context, holder: Holder): Promise<{ readonly sentence: string }>;
  /** Takes back all of it, at the providers, too. */
  remove(context: Context, holder: Holder): Promise<void>;
}

/** What testers need of other features. */
export interface TesterParts {
  readonly hands: Hands;
  readonly endsWithTeam: EndsWithTeam;
  /** Erases an account with all that has to end with it. */
  readonly eraseAccount: (context: Context, userId: string, reason: string) => Promise<unknown>;
  readonly keys: TesterKeys;
  /** The hash of a password that nobody knows. */
  readonly unknownPassword: () => Promise<string>;
}
