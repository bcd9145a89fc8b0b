import { InvalidArgumentError } from 'commander';
import type { MessageInitShape } from '@bufbuild/protobuf';
import {
  EgressAction,
  EgressDefault,
  EgressProtocol,
  type EgressPolicySchema,
  type EgressRuleSchema,
} from '#proto/muster/v1/network_pb.js';
import { NetworkMode, UpdateSandboxNetworkResponseSchema, type Sandbox } from '#proto/muster/v1/sandbox_pb.js';
import { printJson } from '../output/json.ts';
import type { Session, SessionOptions } from '../session/session.ts';

type Rule = MessageInitShape<typeof EgressRuleSchema>;

/** Options that say what a sandbox may reach; of `create` and of `network`. */
export interface NetworkOptions extends SessionOptions {
  readonly network?: 'none' | 'egress';
  readonly egressDefault?: 'allow' | 'deny';
  readonly allow?: readonly Rule[];
  readonly deny?: readonly Rule[];
  readonly resolveNames?: boolean;
}

const modes = { none: NetworkMode.NONE, egress: NetworkMode.EGRESS } as const;
const protocols = { tcp: EgressProtocol.TCP, udp: EgressProtocol.UDP } as const;

/** What the options say, in the words of the contract. Rules that deny come first. */
export function networkFrom({ network, egressDefault, allow = [], deny = [], resolveNames }: NetworkOptions): {
  network: NetworkMode;
  egress: MessageInitShape<typeof EgressPolicySchema> | undefined;
} {
  const saysWhat = egressDefault !== undefined || allow.length > 0 || deny.length > 0 || resolveNames !== undefined;
  const mode = network ? modes[network] : saysWhat ? NetworkMode.EGRESS : NetworkMode.UNSPECIFIED;
  if (!saysWhat) return { network: mode, egress: undefined };
  return {
    network: mode,
    egress: {
      default: egressDefault === 'deny' ? EgressDefault.DENY : EgressDefault.ALLOW,
      rules: [
        ...deny.map((rule) => ({ ...rule, action: EgressAction.DENY })),
        ...allow.map((rule) => ({ ...rule, action: EgressAction.ALLOW })),
      ],
      resolveNames: resolveNames ?? false,
    },
  };
}

/** Collects `203.0.113.0/24`, `203.0.113.7:443`, `0.0.0.0/0:80,8000-8999/tcp`. */
export function collectRule(text: string, before: readonly Rule[] = []): Rule[] {
  const [, address, bits, ports, protocol] =
    /^(\d{1,3}(?:\.\d{1,3}){3})(?:\/(\d{1,2}))?(?::(\d{1,5}(?:-\d{1,5})?(?:,\d{1,5}(?:-\d{1,5})?)*))?(?:\/(tcp|udp))?$/.exec(
      text,
    ) ?? [];
  if (address === undefined)
    throw new InvalidArgumentError(
      'Give addresses, with ports behind a colon: 203.0.113.0/24:443 or 0.0.0.0/0:80,443/tcp.',
    );
  const rule: Rule = {
    cidr: `${address}/${bits ?? '32'}`,
    protocol: protocol === 'tcp' || protocol === 'udp' ? protocols[protocol] : EgressProtocol.UNSPECIFIED,
    ports: (ports?.split(',') ?? []).map((range) => {
      const [first, last] = range.split('-').map(Number);
      return { first, last: last ?? 0 };
    }),
  };
  return [...before, rule];
}

/** Sets what a sandbox may reach, or says what that is. */
export async function setNetwork(session: Session, sandboxId: string, options: NetworkOptions): Promise<void> {
  const { network, egress } = networkFrom(options);
  if (network === NetworkMode.UNSPECIFIED) {
    const { sandbox } = await session.sandboxes.getSandbox({ sandboxId });
    if (sandbox) session.stdout.write(`${sandboxId}: ${sayNetwork(sandbox)}\n`);
    return;
  }
  const answer = await session.sandboxes.updateSandboxNetwork({ sandboxId, network, egress });
  if (session.json) return printJson(session.stdout, UpdateSandboxNetworkResponseSchema, answer);
  if (answer.sandbox) session.stdout.write(`${sandboxId}: ${sayNetwork(answer.sandbox)}\n`);
}

/** What a sandbox may reach, in words. */
export function sayNetwork({ network, egress, networkPending }: Sandbox): string {
  const pending = networkPending ? ' (recorded; its host will do it when it is back)' : '';
  if (network !== NetworkMode.EGRESS) return `no network${pending}`;
  const rules = (egress?.rules ?? []).map(({ action, cidr, ports, protocol }) => {
    const numbers = ports.map(({ first, last }) => (last ? `${first}-${last}` : String(first))).join(',');
    const word = protocol === EgressProtocol.UNSPECIFIED ? '' : `/${protocol === EgressProtocol.TCP ? 'tcp' : 'udp'}`;
    return `${action === EgressAction.ALLOW ? 'allow' : 'deny'} ${cidr}${numbers && `:${numbers}`}${word}`;
  });
  const otherwise =
    egress?.default === EgressDefault.DENY ? 'deny everything else' : 'allow everything else that is public';
  const names = egress?.default === EgressDefault.DENY && egress.resolveNames ? ['resolve names'] : [];
  return `egress: ${[...rules, ...names, otherwise].join('; ')}${pending}`;
}
