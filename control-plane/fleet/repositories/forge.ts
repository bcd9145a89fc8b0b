/** Pages of a forge that show a commit and compare two. */
export interface ForgePages {
  commit(sha: string): string;
  compare(from: string, to: string): string;
}

interface ForgeKind {
  readonly host: RegExp;
  readonly commit: string;
  readonly compare: string;
}

/** Which forge a host name stands for, and how its pages are addressed below a repository's own. */
const kinds: readonly ForgeKind[] = [
  { host: /^(?:www\.)?github\.com$|^github\./, commit: 'commit', compare: 'compare' },
  { host: /^gitlab\.com$|^gitlab\./, commit: '-/commit', compare: '-/compare' },
  { host: /^codeberg\.org$|^gitea\.com$|^(?:gitea|forgejo)\./, commit: 'commit', compare: 'compare' },
];

/** The pages of the forge that this address belongs to. Undefined for paths and for hosts that are not known. */
export function forgePages(address: string): ForgePages | undefined {
  const url = URL.parse(address);
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'ssh:')) return undefined;
  const kind = kinds.find(({ host }) => host.test(url.hostname));
  if (!kind) return undefined;
  // The port of ssh:// says nothing about the port of the pages.
  const host = url.protocol === 'https:' ? url.host : url.hostname;
  const home = `https://${host}${url.pathname.replace(/\/+$/, '').replace(/\.git$/, '')}`;
  return {
    commit: (sha) => `${home}/${kind.commit}/${sha}`,
    compare: (from, to) => `${home}/${kind.compare}/${from}...${to}`,
  };
}
