/** Pages of a forge that show a commit and compare two. */
export interface ForgePages {
  commit(sha: string): string;
  compare(from: string, to: string): string;
}

/** A forge, as the database names it. */
export type ForgeName = 'github' | 'gitea' | 'forgejo' | 'gitlab';

interface Forge {
  /** Host names that say which forge it is. */
  readonly host: RegExp;
  /** How its pages are addressed below a repository's own. */
  readonly commit: string;
  readonly compare: string;
}

const forges: Readonly<Record<ForgeName, Forge>> = {
  github: { host: /^(?:www\.)?github\.com$|^github\./, commit: 'commit', compare: 'compare' },
  gitlab: { host: /^gitlab\.com$|^gitlab\./, commit: '-/commit', compare: '-/compare' },
  gitea: { host: /^gitea\.com$|^gitea\./, commit: 'commit', compare: 'compare' },
  forgejo: { host: /^codeberg\.org$|^forgejo\./, commit: 'commit', compare: 'compare' },
};

/** What is known of where a repository lies. */
export interface ForgeFacts {
  readonly url: string;
  /** What somebody has said. */
  readonly forgeKind: ForgeName | null;
  /** What the first signed delivery of its webhook has said. */
  readonly forgeSeen: ForgeName | null;
}

/** The forge that a repository lies on: as was said, as was seen, or as its host's name says. Undefined where nothing does. */
export function forgeOf({ url, forgeKind, forgeSeen }: ForgeFacts): ForgeName | undefined {
  const said = forgeKind ?? forgeSeen;
  if (said) return said;
  const { hostname = '' } = URL.parse(url) ?? {};
  const names = Object.keys(forges) as ForgeName[]; // the table names every forge
  return names.find((name) => forges[name].host.test(hostname));
}

/** The pages of a repository's forge. Undefined for paths, and where the forge is not known. */
export function forgePages(facts: ForgeFacts): ForgePages | undefined {
  const url = URL.parse(facts.url);
  const name = forgeOf(facts);
  if (!url || !name || (url.protocol !== 'https:' && url.protocol !== 'ssh:')) return undefined;
  const { commit, compare } = forges[name];
  // The port of ssh:// says nothing about the port of the pages.
  const host = url.protocol === 'https:' ? url.host : url.hostname;
  const home = `https://${host}${url.pathname.replace(/\/+$/, '').replace(/\/?\.git$/, '')}`;
  return {
    commit: (sha) => `${home}/${commit}/${sha}`,
    compare: (from, to) => `${home}/${compare}/${from}...${to}`,
  };
}
