import type { Member } from '#proto/muster/v1/team_pb.js';

const mostNames = 5;

/** What requiring a second factor means for the members of a team: who has none, by name. */
export function factorSentence(members: readonly Member[] | undefined): string {
  if (members === undefined) return 'Who has none must add a passkey before anything else works for them.';
  const names = members.filter(({ secondFactor }) => secondFactor === false).map(({ name }) => name);
  if (names.length === 0) return 'Every member has one.';
  const more = names.length > mostNames ? ` and ${names.length - mostNames} more` : '';
  const have = names.length === 1 ? 'has' : 'have';
  return `${names.slice(0, mostNames).join(', ')}${more} ${have} none, and must add a passkey before anything else works.`;
}
