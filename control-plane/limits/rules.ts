/** How often something may be done in a window, by whom it is counted. */
export interface Limit {
  readonly most: number;
  readonly windowMs: number;
}

export interface Rule {
  /** Of one network address. */
  readonly perAddress?: Limit;
  /** Of one account, as whoever spends names it. Never one that somebody else could name, unless together with the address. */
  readonly perAccount?: Limit;
}

const minute = 60_000;
const hour = 60 * minute;

/**
 * What is limited besides calls (calls.ts), where nothing else is configured. Addresses are generous where whole fleets or
 * companies stand behind one.
 */
const rules = {
  /** Wrong passwords before each further attempt waits, twice as long each time; the account is one as seen from one network. */
  sign_in: { perAddress: { most: 20, windowMs: 15 * minute }, perAccount: { most: 5, windowMs: 15 * minute } },
  /** Wrong passwords of one account from wherever, before each further attempt only takes longer. */
  sign_in_everywhere: { perAccount: { most: 50, windowMs: 15 * minute } },
  /** The account is the address of the mailbox as seen from one network. */
  sign_up: { perAddress: { most: 20, windowMs: hour }, perAccount: { most: 10, windowMs: hour } },
  device_login: { perAddress: { most: 60, windowMs: 15 * minute } },
  /** Asking for a reset; the account is the address of the mailbox as seen from one network. */
  request_reset: { perAddress: { most: 30, windowMs: hour }, perAccount: { most: 5, windowMs: hour } },
  /** Mails to one account. Links outlive the window, so one that works is always in the mailbox. */
  reset_mail: { perAccount: { most: 5, windowMs: hour } },
  /** Setting a new password; the account is the token as seen from one network. */
  reset: { perAddress: { most: 60, windowMs: 15 * minute }, perAccount: { most: 10, windowMs: 15 * minute } },
  /** Challenges for passkeys; the account is the session or pending sign-in that asks. */
  passkey: { perAccount: { most: 60, windowMs: 15 * minute } },
  /** Join tokens, invites, reset links, keys, credentials and user tokens that one caller makes, or all at one address. */
  mint: { perAddress: { most: 20_000, windowMs: hour }, perAccount: { most: 1_000, windowMs: hour } },
  /** Invites of one team to one address. */
  invite: { perAccount: { most: 10, windowMs: hour } },
  /** The account is the token as seen from one network: who only knows a token's id cannot use it up for its holder. */
  join: { perAddress: { most: 3_000, windowMs: minute }, perAccount: { most: 600, windowMs: 15 * minute } },
  refresh: { perAddress: { most: 3_000, windowMs: minute }, perAccount: { most: 600, windowMs: 15 * minute } },
  /** Sign-ins at an OpenID provider: each asks it for something. */
  sign_in_service: { perAddress: { most: 300, windowMs: 15 * minute } },
  /** Deliveries of forges; one behind which many repositories stand pushes often. */
  webhook: { perAddress: { most: 1_200, windowMs: minute } },
  /** Test mails and tried keys. */
  setting_test: { perAccount: { most: 60, windowMs: 15 * minute } },
  /** Requests of one user to the model gateway. */
  gateway: { perAccount: { most: 600, windowMs: minute } },
  user_search: { perAddress: { most: 300, windowMs: minute }, perAccount: { most: 60, windowMs: minute } },
} as const satisfies Record<string, Rule>;

export type RuleName = keyof typeof rules;
export type Limits = Readonly<Record<RuleName, Rule>>;

/** How a limit's window is written. */
const units = { s: 1_000, m: minute, h: hour } as const;

/**
 * The rules with what is configured in their place: `join.address=3000/1m, user_search.account=60/1m`. Only what there is
 * can be set. Answers the part that is none of it as `wrong`.
 */
export function limitsFrom(text: string): { readonly limits: Limits } | { readonly wrong: string } {
  const limits: Record<RuleName, Rule> = { ...rules };
  for (const part of text.split(',').filter((one) => one.trim() !== '')) {
    const [, name = '', whom, most, length, unit] =
      /^([a-z_]+)\.(address|account)=([1-9]\d{0,8})\/([1-9]\d{0,4})([smh])$/.exec(part.trim()) ?? [];
    const side = whom === 'address' ? 'perAddress' : 'perAccount';
    if (!isRuleName(name) || !limits[name][side]) return { wrong: part.trim() };
    const windowMs = Number(length) * units[unit as keyof typeof units]; // the pattern admits only these
    limits[name] = { ...limits[name], [side]: { most: Number(most), windowMs } };
  }
  return { limits };
}

const isRuleName = (name: string): name is RuleName => Object.hasOwn(rules, name);
