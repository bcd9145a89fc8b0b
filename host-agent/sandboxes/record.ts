import { z } from 'zod';
import { networkPolicy } from '../network/index.ts';
import type { SandboxSpec, SandboxView } from './types.ts';

const count = z.int().min(0);

/**
 * What the host remembers of a sandbox: written before anything is done, so that whoever comes after a crash knows what
 * was meant. `state` is the intention where it differs from what is found.
 */
export const sandboxRecord = z.object({
  version: z.literal(1),
  sandboxId: z.string().regex(/^[0-9a-z]{1,64}$/),
  attempt: count,
  state: z.enum(['pending', 'running', 'paused', 'stopped', 'failed']),
  revision: count,
  reason: z.string(),
  pausedByAgent: z.boolean(),
  onDisconnect: z.enum(['pause', 'keep']),
  template: z.string(),
  /** Digests of what it stands on, bottom first; empty in the records of agents that knew no layers: as `template` says. */
  layers: z.array(z.string()).default([]),
  limits: z.object({
    cpu: z.number().positive(),
    memoryMib: z.number().positive(),
    diskMib: z.number().positive(),
    pids: z.number().positive(),
  }),
  env: z.record(z.string(), z.string()),
  /** Of its team; undefined where it was given none. */
  keys: z.object({ revision: count, variables: z.record(z.string(), z.string()) }).optional(),
  hostname: z.string(),
  /** The host id of its root; a range of ids belongs to it. */
  firstId: count,
  /** The machine's boot in which it was started. */
  bootId: z.string(),
  /** What it may reach, and the control plane's number of that. */
  network: networkPolicy.default({ mode: 'none' }),
  networkRevision: count.default(0),
  expiresAtMs: z.number().optional(),
  /** Undefined in the records of control planes that tell nothing of renewals. */
  onExpiry: z.enum(['destroy', 'stop', 'pause']).optional(),
  /** The control plane's number of what is known of its end. */
  expirySaidAt: count.default(0),
  changedAtMs: z.number(),
  lastActivityAtMs: z.number(),
});

export type SandboxRecord = z.infer<typeof sandboxRecord>;

/** As everyone else sees it. */
export function toView(record: SandboxRecord): SandboxView {
  return {
    sandboxId: record.sandboxId,
    attempt: record.attempt,
    state: record.state,
    revision: record.revision,
    reason: record.reason,
    pausedByAgent: record.pausedByAgent,
    onDisconnect: record.onDisconnect,
    networkRevision: record.networkRevision,
    keysRevision: record.keys?.revision ?? 0,
    changedAt: new Date(record.changedAtMs),
    lastActivityAt: new Date(record.lastActivityAtMs),
  };
}

/** The name of an attempt: of its directory, its cgroup, and for the runtime. */
export const attemptName = (attempt: { sandboxId: string; attempt: number }): string =>
  `${attempt.sandboxId}-${attempt.attempt}`;

/** What every process has in it; what was asked for with the sandbox goes before the keys of its team. */
export const environmentOf = ({
  env,
  keys,
}: Pick<SandboxRecord, 'env' | 'keys'>): Readonly<Record<string, string>> => ({
  ...keys?.variables,
  ...env,
});

/** The record of a sandbox that is about to be made. */
export function newRecord(spec: SandboxSpec, firstId: number, bootId: string): SandboxRecord {
  const now = Date.now();
  return {
    version: 1,
    sandboxId: spec.sandboxId,
    attempt: spec.attempt,
    state: 'pending',
    revision: 1,
    reason: '',
    pausedByAgent: false,
    onDisconnect: spec.onDisconnect,
    template: spec.template,
    layers: [...(spec.layers ?? [])],
    limits: { ...spec.limits },
    env: { ...spec.env },
    ...(spec.keys && { keys: { revision: spec.keys.revision, variables: { ...spec.keys.variables } } }),
    // A host name from elsewhere goes into the kernel as it is.
    hostname: spec.hostname.replace(/[^A-Za-z0-9.-]/g, '-').slice(0, 63) || spec.sandboxId.slice(0, 63),
    firstId,
    bootId,
    network: spec.network ?? { mode: 'none' },
    networkRevision: spec.networkRevision ?? 0,
    ...(spec.expiresInMs !== undefined && { expiresAtMs: now + spec.expiresInMs }),
    ...(spec.onExpiry !== undefined && { onExpiry: spec.onExpiry }),
    expirySaidAt: 0,
    changedAtMs: now,
    lastActivityAtMs: now,
  };
}
