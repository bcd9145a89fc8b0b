import { closedRanges, isPrivate, linkPrefix, privateRanges, type Ends } from './addresses.ts';
import { resolverPort } from './resolver.ts';
import { resolvesNames, type EgressPolicy, type EgressRule } from './policy.ts';

/** What one sandbox may have open at once: the machine's table of connections is everybody's. */
const maxConnections = 2048;

/** A sandbox with its policy, as the rules know it. */
export interface Member {
  readonly ends: Ends;
  readonly policy: EgressPolicy;
}

/** How the name of an agent's table begins. */
export const tablePrefix = 'sandboxes_';

/** The kernel's tables have no better place to say whose they are. */
const commentOf = (dataDir: string): string =>
  `sandboxes of ${dataDir}`.replace(/[^\x20-\x7e]|["\\]/g, '?').slice(0, maxComment);
const maxComment = 120;

/** The data directory that a table, as it is listed, is of; undefined where the comment does not say it whole. */
export function dataDirIn(listing: string): string | undefined {
  const [, comment = '', dataDir] = /comment "(sandboxes of (\/[^"]*))"/.exec(listing) ?? [];
  return comment.includes('?') || comment.length >= maxComment ? undefined : dataDir;
}

/** Makes an agent's whole table, in place of what was there: one transaction, so that no moment is without rules. */
export function tableScript(table: string, dataDir: string, members: readonly Member[]): string {
  return [
    noTableScript(table),
    `table inet ${table} {`,
    `  comment "${commentOf(dataDir)}"`,
    '  set links { type ifname; }',
    '  set sources { type ifname . ipv4_addr; }',
    '  set resolvers { type ifname . ipv4_addr; }',
    '  set guests { type ipv4_addr; }',
    '  set connections { type ipv4_addr; flags dynamic; size 65535; }',
    `  set closed { type ipv4_addr; flags interval; elements = { ${closedRanges.join(', ')} }; }`,
    `  set private { type ipv4_addr; flags interval; elements = { ${privateRanges.join(', ')} }; }`,
    '  map policies { type ifname : verdict; }',
    // Nobody sends under another address than its own, and nobody speaks IPv6.
    '  chain prerouting { type filter hook prerouting priority raw; policy accept;',
    '    iifname @links meta nfproto != ipv4 drop',
    '    iifname @links iifname . ip saddr != @sources drop',
    '  }',
    // A nameserver of the machine's own may have port 53 on all of its addresses.
    '  chain names { type nat hook prerouting priority dstnat; policy accept;',
    `    iifname . ip daddr @resolvers meta l4proto { tcp, udp } th dport 53 redirect to :${resolverPort}`,
    '  }',
    '  chain input { type filter hook input priority filter; policy accept; iifname @links jump to_host; }',
    '  chain to_host {',
    `    iifname . ip daddr @resolvers meta l4proto { tcp, udp } th dport ${resolverPort} accept`,
    '    drop',
    '  }',
    '  chain output { type filter hook output priority filter; policy accept; oifname @links ct state new drop; }',
    '  chain forward { type filter hook forward priority filter; policy accept;',
    '    iifname @links jump from_sandbox',
    '    oifname @links jump to_sandbox',
    '  }',
    '  chain to_sandbox {',
    '    ct state established,related accept',
    '    drop',
    '  }',
    // Every packet is looked at, not only the first of a connection: what is closed stops at once.
    '  chain from_sandbox {',
    `    oifname "${linkPrefix}*" drop`,
    '    ip daddr @closed drop',
    '    ct state invalid drop',
    `    ct state new add @connections { ip saddr ct count over ${maxConnections} } drop`,
    '    iifname vmap @policies',
    '    drop',
    '  }',
    '  chain postrouting { type nat hook postrouting priority srcnat; policy accept; ip saddr @guests masquerade; }',
    '}',
    ...members.map((member) => memberScript(table, member)),
  ].join('\n');
}

/** Removes an agent's table, if it is there. */
export const noTableScript = (table: string): string => `add table inet ${table}\ndelete table inet ${table}`;

/** Adds a sandbox, or gives it another policy: one transaction. */
export function memberScript(table: string, { ends, policy }: Member): string {
  const { link, hostAddress, guestAddress } = ends;
  const chain = chainOf(link);
  return [
    `add chain inet ${table} ${chain}`,
    `flush chain inet ${table} ${chain}`,
    ...policy.rules.map((rule) => `add rule inet ${table} ${chain} ${ruleText(rule)}`),
    policy.default === 'allow'
      ? `add rule inet ${table} ${chain} ip daddr != @private accept`
      : `add rule inet ${table} ${chain} drop`,
    `add element inet ${table} policies { "${link}" : jump ${chain} }`,
    `add element inet ${table} sources { "${link}" . ${guestAddress} }`,
    `add element inet ${table} guests { ${guestAddress} }`,
    `add element inet ${table} links { "${link}" }`,
    // Adding what is there is nothing, deleting what is not there would be a fault.
    `add element inet ${table} resolvers { "${link}" . ${hostAddress} }`,
    ...(resolvesNames(policy) ? [] : [`delete element inet ${table} resolvers { "${link}" . ${hostAddress} }`]),
  ].join('\n');
}

/** Takes a sandbox out. It must be in. */
export function removalScript(table: string, { link, hostAddress, guestAddress }: Ends, policy: EgressPolicy): string {
  const chain = chainOf(link);
  return [
    `delete element inet ${table} links { "${link}" }`,
    `delete element inet ${table} policies { "${link}" }`,
    `delete element inet ${table} sources { "${link}" . ${guestAddress} }`,
    `delete element inet ${table} guests { ${guestAddress} }`,
    ...(resolvesNames(policy) ? [`delete element inet ${table} resolvers { "${link}" . ${hostAddress} }`] : []),
    `flush chain inet ${table} ${chain}`,
    `delete chain inet ${table} ${chain}`,
  ].join('\n');
}

const chainOf = (link: string): string => `egress_${link}`;

function ruleText({ action, cidr, protocol, ports }: EgressRule): string {
  const numbers = merged(ports).map(({ first, last }) => (first === last ? String(first) : `${first}-${last}`));
  const protocols = protocol === 'any' ? '{ tcp, udp }' : protocol;
  const onPorts = numbers.length > 0 ? `meta l4proto ${protocols} th dport { ${numbers.join(', ')} } ` : '';
  const onProtocol = numbers.length === 0 && protocol !== 'any' ? `meta l4proto ${protocol} ` : '';
  const from = `ip daddr ${cidr} ${onPorts}${onProtocol}`;
  if (action === 'deny') return `${from}drop`;
  return isPrivate(cidr) ? `${from}accept` : `${from}ip daddr != @private accept`;
}

/** The kernel takes no ranges that overlap. */
function merged(ports: EgressRule['ports']): EgressRule['ports'] {
  const all: EgressRule['ports'] = [];
  for (const { first, last } of ports.toSorted((a, b) => a.first - b.first)) {
    const before = all.at(-1);
    if (before && first <= before.last + 1) before.last = Math.max(before.last, last);
    else all.push({ first, last });
  }
  return all;
}
