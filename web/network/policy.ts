import type { MessageInitShape } from '@bufbuild/protobuf';
import {
  EgressAction,
  EgressDefault,
  EgressProtocol,
  type EgressPolicy,
  type EgressPolicySchema,
  type PortRange,
} from '#proto/muster/v1/network_pb.js';
import { NetworkMode } from '#proto/muster/v1/sandbox_pb.js';

/** A rule as it is typed. The number keeps its place in the form. */
export interface RuleLine {
  readonly line: number;
  readonly action: EgressAction;
  readonly cidr: string;
  /** `443` or `80, 8000-8999`; all where empty. */
  readonly ports: string;
  readonly protocol: EgressProtocol;
}

/** What a form says of the network. */
export interface NetworkValues {
  readonly network: NetworkMode;
  readonly egress_default: EgressDefault;
  readonly rules: readonly RuleLine[];
  readonly resolve_names: boolean;
}

export const noNetworkValues: NetworkValues = {
  network: NetworkMode.UNSPECIFIED,
  egress_default: EgressDefault.ALLOW,
  rules: [],
  resolve_names: true,
};

/** A sandbox's network as a form begins with it. */
export const networkValuesOf = (network: NetworkMode, egress: EgressPolicy | undefined): NetworkValues => ({
  network,
  egress_default: egress?.default === EgressDefault.DENY ? EgressDefault.DENY : EgressDefault.ALLOW,
  rules: (egress?.rules ?? []).map(({ action, cidr, ports, protocol }, line) => ({
    line,
    action,
    cidr,
    ports: ports.map(portsWord).join(', '),
    protocol,
  })),
  resolve_names: egress?.resolveNames ?? true,
});

/** The form's network as requests carry it. */
export function networkRequest(values: NetworkValues): {
  network: NetworkMode;
  egress?: MessageInitShape<typeof EgressPolicySchema>;
} {
  const { network, egress_default, rules } = values;
  if (network !== NetworkMode.EGRESS) return { network };
  const denies = egress_default === EgressDefault.DENY;
  if (!denies && rules.length === 0) return { network };
  return {
    network,
    egress: {
      default: egress_default,
      rules: rules.map(({ action, cidr, ports, protocol }) => ({
        action,
        cidr: withBits(cidr.trim()),
        protocol,
        ports: parsePorts(ports) ?? [],
      })),
      resolveNames: denies && values.resolve_names,
    },
  };
}

/** What can be seen to be wrong with the rules, in one sentence. */
export function rulesError(rules: readonly RuleLine[]): string | undefined {
  for (const { cidr, ports } of rules) {
    if (!isAddress(cidr.trim())) return `“${cidr.trim()}” is no range of addresses. Give one such as 203.0.113.0/24.`;
    if (parsePorts(ports) === undefined) return `“${ports.trim()}” are no ports. Give them as 443 or 80, 8000-8999.`;
  }
  return undefined;
}

function isAddress(text: string): boolean {
  const [, address, bits] = /^(\d{1,3}(?:\.\d{1,3}){3})(?:\/(\d{1,2}))?$/.exec(text) ?? [];
  if (address === undefined) return false;
  return address.split('.').every((part) => Number(part) <= 255) && Number(bits ?? 32) <= 32;
}

const withBits = (cidr: string): string => (cidr.includes('/') ? cidr : `${cidr}/32`);

/** `80, 8000-8999` as ranges; undefined where it cannot be read. */
export function parsePorts(text: string): { first: number; last: number }[] | undefined {
  const words = text.split(',').map((word) => word.trim());
  const ranges = words.filter(Boolean).map((word) => {
    const [, first, last] = /^(\d{1,5})(?:\s*-\s*(\d{1,5}))?$/.exec(word) ?? [];
    return { first: Number(first ?? 0), last: Number(last ?? 0) };
  });
  const right = ranges.every(
    ({ first, last }) => first >= 1 && first <= 65_535 && last <= 65_535 && (last === 0 || last >= first),
  );
  return right ? ranges : undefined;
}

const portsWord = ({ first, last }: PortRange): string => (last > first ? `${first}-${last}` : String(first));

const protocolWords: Readonly<Record<EgressProtocol, string>> = {
  [EgressProtocol.UNSPECIFIED]: '',
  [EgressProtocol.TCP]: ' by TCP',
  [EgressProtocol.UDP]: ' by UDP',
};

/** A policy in lines for people: the rules in their order, then what holds for the rest. */
export function policyLines(network: NetworkMode, egress: EgressPolicy | undefined): readonly string[] {
  if (network !== NetworkMode.EGRESS) return ['none'];
  const rules = (egress?.rules ?? []).map(({ action, cidr, ports, protocol }) => {
    const where = ports.length > 0 ? `${cidr} port ${ports.map(portsWord).join(', ')}` : cidr;
    return `${action === EgressAction.DENY ? 'not' : 'may reach'} ${where}${protocolWords[protocol]}`;
  });
  const rest =
    egress?.default === EgressDefault.DENY
      ? `${rules.length > 0 ? 'nothing else' : 'nothing'}${egress.resolveNames ? '; names are resolved' : ''}`
      : `${rules.length > 0 ? 'else everything' : 'everything'} but private addresses`;
  return [...rules, rest];
}
