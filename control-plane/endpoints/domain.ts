import { parse } from 'tldts';

/** Whether a domain belongs to the same site as the console, so that browsers would share cookies between them. */
export function isOwnDomain(domain: string, publicUrl: string): boolean {
  const console = new URL(publicUrl).hostname;
  if (domain === console || domain.endsWith(`.${console}`) || console.endsWith(`.${domain}`))
    return domain !== 'localhost' && !isLoopbackName(domain, console);
  const [one, other] = [siteOf(domain), siteOf(console)];
  return one !== undefined && one === other;
}

/** Every name below `localhost` is a site of its own. */
const isLoopbackName = (domain: string, console: string): boolean =>
  console === 'localhost' && domain.endsWith('.localhost');

/** The registrable domain, also below the suffixes that companies give to their customers. */
const siteOf = (name: string): string | undefined => parse(name, { allowPrivateDomains: true }).domain ?? undefined;
