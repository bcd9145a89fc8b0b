/** What a provider did instead of what it was asked for, with a key that mints others. */
export type MintFailureKind = 'refused' | 'no_credit' | 'busy' | 'failed' | 'garbage' | 'unanswered';

const sentences: Readonly<Record<MintFailureKind, (title: string) => string>> = {
  refused: (title) => `${title} does not take the management key: an admin makes another one there, and enters that.`,
  no_credit: (title) => `There is no credit left on the account at ${title}: an admin tops it up there.`,
  busy: (title) => `${title} takes no more requests for now: it is tried again in a minute.`,
  failed: (title) => `${title} has trouble of its own: it is tried again in a minute.`,
  garbage: (title) =>
    `What answers at the base URL is not the key management of ${title}: an admin checks that address.`,
  unanswered: (title) => `${title} cannot be reached, or did not answer in time: it is tried again in a minute.`,
};

/** Says it in our words: services like to repeat what they were given. */
export class MintFailure extends Error {
  override readonly name = 'MintFailure';
  readonly kind: MintFailureKind;

  constructor(kind: MintFailureKind, title: string, cause?: unknown) {
    super(sentences[kind](title), { cause });
    this.kind = kind;
  }
}

/** What a status amounts to that is none of those expected. */
export function kindOf(status: number): MintFailureKind {
  if (status === 401 || status === 403) return 'refused';
  if (status === 402) return 'no_credit';
  if (status === 429) return 'busy';
  return status >= 500 ? 'failed' : 'garbage';
}
