const full = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
const abbreviated = /^[0-9a-f]{4,63}$/;

/** What a reported commit looks like, before any repository is asked. Upper case does not occur: reports are normalised. */
export type CommitIdForm = 'full' | 'abbreviated' | 'malformed' | 'missing';

/** Only full ids count: an abbreviated one may name another commit tomorrow. */
export function formOfCommitId(text: string): CommitIdForm {
  if (text === '') return 'missing';
  if (full.test(text)) return 'full';
  return abbreviated.test(text) ? 'abbreviated' : 'malformed';
}
