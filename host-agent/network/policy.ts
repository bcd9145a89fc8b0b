import { z } from 'zod';

const port = z.int().min(1).max(65_535);

/** One rule; the first that fits decides. */
const egressRule = z.object({
  action: z.enum(['allow', 'deny']),
  /** IPv4 addresses: `203.0.113.0/24`. */
  cidr: z.cidrv4(),
  /** `any`: TCP, UDP and, without ports, ICMP. */
  protocol: z.enum(['any', 'tcp', 'udp']),
  /** All where empty. */
  ports: z.array(z.object({ first: port, last: port })).max(16),
});

/** What a sandbox may reach. */
export const networkPolicy = z.discriminatedUnion('mode', [
  z.object({ mode: z.literal('none') }),
  z.object({
    mode: z.literal('egress'),
    /** For what no rule speaks of. */
    default: z.enum(['allow', 'deny']),
    rules: z.array(egressRule).max(64),
    /** With default deny: whether names are resolved nevertheless. */
    resolveNames: z.boolean(),
  }),
]);

export type NetworkPolicy = z.infer<typeof networkPolicy>;
export type EgressPolicy = Extract<NetworkPolicy, { mode: 'egress' }>;
export type EgressRule = z.infer<typeof egressRule>;

/** Whether names are resolved for a sandbox with this policy. */
export const resolvesNames = ({ default: otherwise, resolveNames }: EgressPolicy): boolean =>
  otherwise === 'allow' || resolveNames;
