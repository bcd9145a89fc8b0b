/** How often something may be done in a window, by whom it is counted. */
interface Limit {
  readonly most: number;
  readonly windowMs: number;
}

interface Rule {
  /** Of one network address. */
  readonly perAddress?: Limit;
  /** Of one account, as whoever spends names it. Never one that somebody else could name, unless together with the address. */
  readonly perAccount?: Limit;
}

const minute = 60_000;
const hour = 60 * minute;

/**
 * What is limited besides sign-ins (auth/attempts.ts) and calls (calls.ts). Addresses are generous where whole fleets or
 * companies stand behind one.
 */
export const rules = {
  sign_up: { perAddress: { most: 20, windowMs: hour } },
  device_login: { perAddress: { most: 60, windowMs: 15 * minute } },
  /** Asking for a reset; the account is the address of the mailbox as seen from one network. */
  request_reset: { perAddress: { most: 30, windowMs: hour }, perAccount: { most: 5, windowMs: hour } },
  /** Mails to one account. Links outlive the window, so one that works is always in the mailbox. */
  reset_mail: { perAccount: { most: 5, windowMs: hour } },
  reset: { perAddress: { most: 60, windowMs: 15 * minute } },
  /** Challenges for passkeys; the account is the session or pending sign-in that asks. */
  passkey: { perAccount: { most: 60, windowMs: 15 * minute } },
  /** Join tokens, invites and reset links that one caller makes. */
  mint: { perAccount: { most: 1_000, windowMs: hour } },
  /** Invites of one team to one address. */
  invite: { perAccount: { most: 10, windowMs: hour } },
  /** The account is the token as seen from one network: who only knows a token's id cannot use it up for its holder. */
  join: { perAddress: { most: 3_000, windowMs: minute }, perAccount: { most: 600, windowMs: 15 * minute } },
  refresh: { perAddress: { most: 3_000, windowMs: minute }, perAccount: { most: 600, windowMs: 15 * minute } },
  user_search: { perAddress: { most: 300, windowMs: minute }, perAccount: { most: 60, windowMs: minute } },
} as const satisfies Record<string, Rule>;

export type RuleName = keyof typeof rules;
export const ruleOf = (name: RuleName): Rule => rules[name];
