import { createHash } from 'node:crypto';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { Code, ConnectError } from '@connectrpc/connect';
import type {
  EndedAttempt,
  HostSandboxSchema,
  SandboxExpiry,
  SandboxKeys,
  SandboxSpec,
} from '#proto/muster/agent/v1/host_agent_pb.js';
import { ErrorInfoSchema, Reason } from '#proto/muster/v1/errors_pb.js';
import { ObservedState } from '#proto/muster/v1/sandbox_pb.js';

/** A sandbox that exists in memory only. */
export interface SimulatedSandbox {
  readonly sandboxId: string;
  readonly attempt: number;
  readonly state: ObservedState;
  readonly revision: bigint;
  readonly reason: string;
  readonly env: Readonly<Record<string, string>>;
  /** Digests of what it stands on; empty for the template alone. */
  readonly layers: readonly string[];
  readonly changedAt: Date;
  /** The last one that was set. */
  readonly networkRevision: bigint;
}

export type HostSandbox = MessageInitShape<typeof HostSandboxSchema>;

/** The sandboxes of a simulated host, with the same rules as a real one's. */
export class SimulatedSandboxes {
  readonly #live = new Map<string, SimulatedSandbox>();
  readonly #ended = new Map<string, Pick<EndedAttempt, 'sandboxId' | 'attempt'>>();
  #revision = 0n;
  /** What was said last of when sandboxes end, by their ids. */
  readonly expiries = new Map<string, SandboxExpiry>();
  /** The keys that each was given last, by their ids. */
  readonly keys = new Map<string, SandboxKeys>();
  /** What is said to go on in them, by their ids; nothing in the others. */
  readonly work = new Map<string, { readonly processes: number; readonly quietForMs: number }>();
  /** Commands under way. */
  runs = 0;

  get all(): SimulatedSandbox[] {
    return [...this.#live.values()].sort((a, b) => (a.sandboxId < b.sandboxId ? -1 : 1));
  }

  get ended(): Pick<EndedAttempt, 'sandboxId' | 'attempt'>[] {
    return [...this.#ended.values()];
  }

  digest(): Buffer {
    const lines = this.all.map(
      ({ sandboxId, attempt, state, revision }) => `${sandboxId} ${attempt} ${state} ${revision}`,
    );
    return createHash('sha256').update(lines.join('\n')).digest();
  }

  create(sandboxId: string, attempt: number, spec: SandboxSpec | undefined): HostSandbox {
    const present = this.#live.get(sandboxId);
    if (this.#ended.has(`${sandboxId}/${attempt}`) || (present && present.attempt !== attempt)) {
      throw wrongState('That attempt has ended, or another one is here.');
    }
    if (present) return toMessage(present);
    if (spec?.keys) this.keys.set(sandboxId, spec.keys);
    return this.set(sandboxId, attempt, ObservedState.RUNNING, spec?.env ?? {}, spec?.networkRevision, spec?.layers);
  }

  setExpiries(expiries: readonly SandboxExpiry[]): void {
    for (const expiry of expiries) this.expiries.set(expiry.sandboxId, expiry);
  }

  change(sandboxId: string, state: ObservedState): HostSandbox {
    const { attempt, env, networkRevision, layers } = this.find(sandboxId);
    return this.set(sandboxId, attempt, state, env, networkRevision, layers);
  }

  setKeys(sandboxId: string, keys: SandboxKeys): void {
    this.find(sandboxId);
    if (keys.revision >= (this.keys.get(sandboxId)?.revision ?? 0n)) this.keys.set(sandboxId, keys);
  }

  setNetwork(sandboxId: string, revision: bigint): HostSandbox {
    const { attempt, env, state, networkRevision, layers } = this.find(sandboxId);
    const next = revision > networkRevision ? revision : networkRevision;
    return this.set(sandboxId, attempt, state, env, next, layers);
  }

  set(
    sandboxId: string,
    attempt: number,
    state: ObservedState,
    env: Readonly<Record<string, string>> = {},
    networkRevision = 0n,
    layers: readonly string[] = [],
  ): HostSandbox {
    this.#revision += 1n;
    const changed = { revision: this.#revision, reason: '', changedAt: new Date() };
    const sandbox = { sandboxId, attempt, state, env, networkRevision, layers, ...changed };
    this.#live.set(sandboxId, sandbox);
    return toMessage(sandbox);
  }

  /** As on a disk of long ago: all that has happened since has left no trace. */
  setBack(sandboxId: string): void {
    this.#revision = 1n;
    this.change(sandboxId, ObservedState.STOPPED);
  }

  /** What a reboot of the machine does. */
  stopAll(reason: string): void {
    for (const sandbox of this.#live.values()) {
      this.#revision += 1n;
      this.#live.set(sandbox.sandboxId, {
        ...sandbox,
        state: ObservedState.STOPPED,
        revision: this.#revision,
        reason,
        changedAt: new Date(),
      });
    }
  }

  end(sandboxId: string, attempt: number): void {
    this.#live.delete(sandboxId);
    this.#ended.set(`${sandboxId}/${attempt}`, { sandboxId, attempt });
  }

  /** As if it had never been here. */
  forget(sandboxId: string): void {
    this.#live.delete(sandboxId);
    for (const [key, ended] of this.#ended) if (ended.sandboxId === sandboxId) this.#ended.delete(key);
  }

  find(sandboxId: string): SimulatedSandbox {
    const found = this.#live.get(sandboxId);
    if (!found)
      throw new ConnectError('There is no such sandbox here.', Code.NotFound, undefined, [info(Reason.NOT_FOUND)]);
    return found;
  }
}

export function toMessage(sandbox: SimulatedSandbox): HostSandbox {
  const { sandboxId, attempt, state, revision, reason, networkRevision, changedAt } = sandbox;
  const at = timestampFromDate(changedAt);
  return { sandboxId, attempt, state, revision, reason, networkRevision, changedAt: at, lastActivityAt: at };
}

export const wrongState = (message: string) =>
  new ConnectError(message, Code.FailedPrecondition, undefined, [info(Reason.WRONG_STATE)]);

export const runtimeFailed = (message: string) =>
  new ConnectError(message, Code.Internal, undefined, [info(Reason.INTERNAL)]);

const info = (reason: Reason) => ({ desc: ErrorInfoSchema, value: { reason } });
