import type { Repository } from '#proto/muster/v1/fleet_pb.js';

/** The repositories in one sentence. */
export function repositoriesSentence(repositories: readonly Repository[]): string {
  const known = repositories.filter((repository) => repository.headKnown).length;
  const all = repositories.length;
  if (all === 0) return 'No repository is registered.';
  if (known === all)
    return all === 1 ? 'The head of the one repository is known.' : `The heads of all ${all} repositories are known.`;
  if (known === 0)
    return all === 1
      ? 'The head of the one repository is not known now.'
      : `The heads of all ${all} repositories are not known now.`;
  return `The heads of ${known} of ${all} repositories are known; ${all - known} cannot be told now.`;
}
