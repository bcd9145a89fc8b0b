import { isDeepStrictEqual } from 'node:util';
import type { ConfigFile } from '../components/index.ts';
import type { Context } from '../context.ts';
import { Wakeup } from '../wakeup.ts';
import { AccountProblem, findAccount, type Account } from './account.ts';
import { changeAuthorizedKeys } from './authorized-keys.ts';
import { keyLine, withLines, type WantedKey } from './block.ts';
import { keepJournal, readJournal, type Journal } from './journal.ts';
import type { AccountSettings } from './settings.ts';
import { takesUtcEnds } from './sshd-version.ts';

/** Whose keys are wanted on this machine. */
export type WantedAccess = Pick<Journal, 'generation' | 'revision' | 'keys'>;

/** What became of one account. */
interface AccountReport {
  readonly name: string;
  readonly takesSupport: boolean;
  readonly takesTesters: boolean;
  readonly problem: string;
  readonly repairedAt: Date | undefined;
}

/** What became of what is wanted. */
export interface AccessReport extends Omit<WantedAccess, 'keys'> {
  /** Rises when the report changes. */
  readonly sequence: bigint;
  readonly accounts: readonly AccountReport[];
  readonly keyIds: readonly string[];
}

interface Parts {
  readonly dataDir: string;
  readonly hostId: string;
  readonly configFile: Pick<ConfigFile, 'settings'>;
  /** Instead of this machine's own. */
  readonly accountNamed?: ((name: string) => Promise<Account>) | undefined;
}

/** Homes and ids of accounts hardly ever change. */
const lookUpAgainMs = 60_000;
const empty: Journal = { generation: '', revision: 0n, keys: [], held: [] };
const leftBehind =
  'It is no longer named under "access" in the agent\'s config, so the agent leaves it alone, with keys in it: name it with an empty list, and they are taken out.';

/**
 * Keeps the SSH keys of the accounts that the agent's config names as they are wanted: what the control plane said last,
 * without keys whose time is over by this machine's clock. All that it needs for that is on disk.
 */
export class MachineAccess {
  readonly #parts: Parts;
  /** Undefined before the first look. */
  #journal: Journal | undefined;
  /** Whether there is anything to tell: the config names accounts, or did at some time. */
  #concerned = false;
  #saysEnd: Promise<boolean> | undefined;
  /** By account: keys that were in force after the last change that worked. */
  readonly #inForce = new Map<string, { readonly lines: readonly string[]; readonly ids: readonly string[] }>();
  readonly #repairedAt = new Map<string, Date>();
  readonly #found = new Map<string, { readonly account: Account; readonly atMs: number }>();
  #accounts: readonly AccountReport[] = [];
  #report: AccessReport | undefined;
  /** One piece of work after the other. */
  #work: Promise<unknown> = Promise.resolve();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Undefined where there is nothing to tell: no account is named, and none ever was. */
  get report(): AccessReport | undefined {
    return this.#concerned ? this.#report : undefined;
  }

  /** Takes what is wanted, unless something newer is known, carries it out, and answers how things are. */
  apply(context: Context, wanted: WantedAccess): Promise<AccessReport> {
    return this.#inTurn(async () => {
      const journal = await this.#open();
      const isOlder = wanted.generation === journal.generation && wanted.revision < journal.revision;
      if (!isOlder) await this.#keep({ ...journal, ...wanted });
      return this.#carryOut(context);
    });
  }

  /** Looks at every account and puts right what differs. Answers whether the report has changed. */
  look(context: Context): Promise<boolean> {
    return this.#inTurn(async () => {
      await this.#open();
      const before = this.#report;
      await this.#carryOut(context);
      return this.#concerned && this.#report !== before;
    });
  }

  /** Looks again every `everyMs`, and calls the listener when the report has changed. Ends with the signal. */
  async run(context: Context, everyMs: number, onChange: () => void): Promise<never> {
    for (;;) {
      const changed = await this.look(context).catch((error: unknown) => {
        context.log.error({ err: error }, 'The SSH keys of this machine could not be looked at; trying again.');
        return false;
      });
      if (changed) onChange();
      await new Wakeup().wait(everyMs, context.signal);
    }
  }

  /** Takes all keys out again: this machine has left its installation. */
  clear(context: Context): Promise<void> {
    return this.#inTurn(async () => {
      const journal = await this.#open();
      if (!this.#concerned && journal.held.length === 0) return;
      await this.#keep({ ...journal, keys: [] });
      await this.#carryOut(context);
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#work.then(work);
    this.#work = done.catch(() => undefined); // its caller hears of it
    return done;
  }

  async #open(): Promise<Journal> {
    if (this.#journal) return this.#journal;
    const kept = await readJournal(this.#parts.dataDir);
    this.#concerned = kept !== undefined;
    this.#journal = kept ?? empty;
    return this.#journal;
  }

  async #keep(journal: Journal): Promise<void> {
    if (this.#concerned && isDeepStrictEqual(journal, this.#journal)) return;
    await keepJournal(this.#parts.dataDir, journal);
    this.#concerned = true;
    this.#journal = journal;
  }

  async #carryOut(context: Context): Promise<AccessReport> {
    const { access } = this.#parts.configFile.settings;
    const journal = this.#journal ?? empty;
    const named = new Set(access.map(({ name }) => name));
    // Known before anything is written: no line of ours is ever forgotten.
    if (access.length > 0) await this.#keep({ ...journal, held: [...new Set([...journal.held, ...named])].toSorted() });
    const reports: AccountReport[] = [];
    for (const account of access) reports.push(await this.#bring(context, account, journal.keys));
    const kept = this.#journal?.held ?? [];
    const clean = access.filter(({ name, support, testers }) => !support && !testers && this.#isClean(name, reports));
    const left = kept.filter((name) => !clean.some((account) => account.name === name));
    if (left.length < kept.length) await this.#keep({ ...(this.#journal ?? empty), held: left });
    for (const name of left.filter((one) => !named.has(one)))
      reports.push({ name, takesSupport: false, takesTesters: false, problem: leftBehind, repairedAt: undefined });
    this.#tell(context, reports);
    return this.#take(reports);
  }

  #isClean(name: string, reports: readonly AccountReport[]): boolean {
    return reports.some((report) => report.name === name && report.problem === '');
  }

  /** Makes the keys of one account what is wanted. */
  async #bring(context: Context, settings: AccountSettings, all: readonly WantedKey[]): Promise<AccountReport> {
    const { name, support, testers } = settings;
    const report = { name, takesSupport: support, takesTesters: testers };
    const keys = all
      .filter(({ kind }) => (kind === 'support' ? support : testers))
      .filter(({ expiresAtMs }) => expiresAtMs === undefined || expiresAtMs > Date.now())
      .toSorted((a, b) => (a.id < b.id ? -1 : 1));
    this.#saysEnd ??= takesUtcEnds();
    const saysEnd = await this.#saysEnd;
    const lines = keys.map((key) => keyLine(this.#parts.hostId, key, { saysEnd }));
    try {
      const account = await this.#find(name);
      const changed = await changeAuthorizedKeys(account, (content) => withLines(content, this.#parts.hostId, lines));
      const before = this.#inForce.get(name);
      if (changed && before && isDeepStrictEqual(before.lines, lines)) {
        this.#repairedAt.set(name, new Date());
        context.log.warn(
          { account: name },
          'Somebody changed the SSH keys that the agent keeps; it has put them right.',
        );
      } else if (changed) context.log.info({ account: name, keys: keys.length }, 'The SSH keys are as wanted.');
      this.#inForce.set(name, { lines, ids: keys.map(({ id }) => id) });
      return { ...report, problem: '', repairedAt: this.#repairedAt.get(name) };
    } catch (error) {
      if (!(error instanceof AccountProblem)) throw error;
      return { ...report, problem: error.message, repairedAt: this.#repairedAt.get(name) };
    }
  }

  /** The account of that name. Where there is one, it is not looked up again for a while: that takes a process. */
  async #find(name: string): Promise<Account> {
    const known = this.#found.get(name);
    if (known && performance.now() - known.atMs < lookUpAgainMs) return known.account;
    const account = await (this.#parts.accountNamed ?? findAccount)(name);
    this.#found.set(name, { account, atMs: performance.now() });
    return account;
  }

  /** Problems are said once. */
  #tell({ log }: Context, reports: readonly AccountReport[]): void {
    for (const { name, problem } of reports) {
      const before = this.#accounts.find((account) => account.name === name)?.problem ?? '';
      if (problem !== before && problem !== '') log.warn({ account: name }, problem);
    }
    this.#accounts = reports;
  }

  #take(accounts: readonly AccountReport[]): AccessReport {
    const { generation, revision } = this.#journal ?? empty;
    const keyIds = [...new Set([...this.#inForce.values()].flatMap(({ ids }) => ids))].toSorted();
    const { sequence = -1n, ...last } = this.#report ?? {};
    const now = { generation, revision, accounts, keyIds };
    if (!this.#report || !isDeepStrictEqual(now, last)) this.#report = { ...now, sequence: sequence + 1n };
    return this.#report;
  }
}
