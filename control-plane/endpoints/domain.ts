import { parse } from 'tldts';

/** Whether a domain belongs to the same site as the console, so that browsers would share cookies between them. */
export function isOwnDomain(domain: string, publicUrl: string): boolean {
  const { hostname } = new URL(publicUrl);
  // Every name below `localhost` is a site of its own, and it is none of theirs.
  if (domain.endsWith('.localhost')) return domain === hostname || hostname.endsWith(`.${domain}`);
  const [one, other] = [siteOf(domain), siteOf(hostname)];
  return domain === hostname || (one !== undefined && one === other);
}

/** The registrable domain, also below the suffixes that companies give to their customers. */
const siteOf = (name: string): string | undefined => parse(name, { allowPrivateDomains: true }).domain ?? undefined;
