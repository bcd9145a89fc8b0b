import { setTimeout as delay } from 'node:timers/promises';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { durationFromMs, durationMs } from '@bufbuild/protobuf/wkt';
import type { ServiceImpl } from '@connectrpc/connect';
import type { HostAgentService } from '#proto/muster/agent/v1/host_agent_pb.js';
import type { RunRequest, RunResponseSchema } from '#proto/muster/v1/process_pb.js';
import { ObservedState } from '#proto/muster/v1/sandbox_pb.js';
import { hostConnectionStatement, signStatement } from '#contract/statements.ts';
import type { SimulatedAccess } from './access.ts';
import { runCommand } from './commands.ts';
import type { SimulatedLayers } from './layers.ts';
import type { Identity } from './protocol.ts';
import type { SimulatedUpdates } from './updates.ts';
import { runtimeFailed, toMessage, wrongState, type HostSandbox, type SimulatedSandboxes } from './sandboxes.ts';

/** What a simulated host is told to do wrong. */
export interface Misbehaviour {
  /** How long every answer takes. */
  answerAfterMs: number;
  /** Every create fails with this. */
  createFailure: string | undefined;
  /** So many answers are lost after the work was done. */
  answersToLose: number;
}

export interface ServedConnection {
  readonly instanceId: string;
  readonly agentNonce: Uint8Array;
  accessToken(): string;
  onProved(): void;
  /** Cuts the connection. */
  cut(): void;
}

type RunEvent = MessageInitShape<typeof RunResponseSchema>['event'];

/** The host's side of sandboxes, in memory. */
export function simulatedService(
  identity: Identity,
  sandboxes: SimulatedSandboxes,
  layers: SimulatedLayers,
  updates: SimulatedUpdates,
  access: SimulatedAccess,
  misbehaviour: Misbehaviour,
  connection: ServedConnection,
): ServiceImpl<typeof HostAgentService> {
  const { hostId, installationId, hostKey } = identity;
  const { agentNonce, instanceId } = connection;

  const answer = async <T>(value: T): Promise<T> => {
    if (misbehaviour.answerAfterMs > 0) await delay(misbehaviour.answerAfterMs);
    if (misbehaviour.answersToLose > 0) {
      misbehaviour.answersToLose -= 1;
      connection.cut();
    }
    return value;
  };

  const withKeys = (sandbox: HostSandbox): HostSandbox => ({
    ...sandbox,
    keysRevision: sandboxes.keys.get(sandbox.sandboxId ?? '')?.revision ?? 0n,
  });

  return {
    proveConnection({ nonce }) {
      const statement = hostConnectionStatement({ installationId, hostId, agentNonce, serverNonce: nonce });
      connection.onProved();
      return { signature: signStatement(statement, hostKey), instanceId, accessToken: connection.accessToken() };
    },
    async getInventory(_, { signal }) {
      if (misbehaviour.answerAfterMs > 0) await delay(misbehaviour.answerAfterMs, undefined, { signal });
      return {
        instanceId,
        sandboxes: sandboxes.all.map(toMessage),
        digest: sandboxes.digest(),
        ended: sandboxes.ended,
      };
    },
    createSandbox({ sandboxId, attempt, spec }) {
      if (misbehaviour.createFailure !== undefined) {
        sandboxes.end(sandboxId, attempt);
        throw runtimeFailed(misbehaviour.createFailure);
      }
      return answer({ sandbox: withKeys(sandboxes.create(sandboxId, attempt, spec)) });
    },
    pauseSandbox: ({ sandboxId }) => answer({ sandbox: sandboxes.change(sandboxId, ObservedState.PAUSED) }),
    resumeSandbox: ({ sandboxId }) => answer({ sandbox: sandboxes.change(sandboxId, ObservedState.RUNNING) }),
    stopSandbox: ({ sandboxId }) => answer({ sandbox: sandboxes.change(sandboxId, ObservedState.STOPPED) }),
    startSandbox: ({ sandboxId }) => answer({ sandbox: sandboxes.change(sandboxId, ObservedState.RUNNING) }),
    setKeys({ sandboxId, keys }) {
      if (keys) sandboxes.setKeys(sandboxId, keys);
      return answer({ sandbox: withKeys(toMessage(sandboxes.find(sandboxId))) });
    },
    // Nothing here outlives the connection for long enough.
    setExpiries: ({ expiries }) => {
      sandboxes.setExpiries(expiries);
      return answer({});
    },
    snapshotSandbox({ sandboxId, snapshotId }) {
      const below = sandboxes.find(sandboxId).layers;
      const { digest, sizeBytes } = layers.make(snapshotId);
      return answer({
        layers: [...(below.length > 0 ? below : [layers.base]), digest],
        sizeBytes: BigInt(sizeBytes),
      });
    },
    prepareLayer: ({ digest }) => layers.prepare(digest),
    async *readLayer({ digest, offset }) {
      yield* layers.read(digest, Number(offset));
    },
    writeLayer: (parts) => layers.receive(parts),
    async *buildTemplate(parts) {
      let name = '';
      for await (const { part } of parts) {
        if (part.case === 'ociImage') name = part.value.reference;
        else if (part.case === 'debianPackages') name = part.value.packages.join(' ');
        else if (part.case === 'data') name = Buffer.from(part.value).toString('hex');
      }
      yield { event: { case: 'progress', value: { message: `Building ${name}`.slice(0, 100), percent: 50 } } };
      yield { event: { case: 'digest', value: layers.make(name).digest } };
    },
    deleteLayer({ digest }) {
      layers.remove(digest);
      return {};
    },
    destroySandbox({ sandboxId, attempt }) {
      sandboxes.end(sandboxId, attempt);
      return answer({ lastLog: '' });
    },
    async *run({ run }, { signal }) {
      if (!run) return;
      const sandbox = sandboxes.find(run.sandboxId);
      if (sandbox.state !== ObservedState.RUNNING)
        throw wrongState('The sandbox does not run: resume or start it first.');
      sandboxes.runs += 1;
      try {
        for await (const event of runEvents(
          run,
          { ...sandboxes.keys.get(run.sandboxId)?.variables, ...sandbox.env, ...run.env },
          hostId,
          signal,
        ))
          yield { event: { event } };
      } finally {
        sandboxes.runs -= 1;
      }
    },
    handleProcess: noProcesses,
    attachProcess: noProcesses,
    handleFile: noFiles,
    readFile: noFiles,
    uploadFile: noFiles,
    watchDirectory: noFiles,
    connectPort: noPorts,
    listPorts: () => ({ ports: [] }),
    // Nothing runs there that could use or write anything.
    getMetrics: () => ({ metrics: {} }),
    getWork: () => ({
      sandboxes: sandboxes.all
        .filter(({ state }) => state === ObservedState.RUNNING)
        .map(({ sandboxId, attempt }) => {
          const { processes, quietForMs } = sandboxes.work.get(sandboxId) ?? { processes: 0, quietForMs: 0 };
          return { sandboxId, attempt, processes, quietFor: durationFromMs(quietForMs) };
        }),
    }),
    getLogs: () => ({ logs: { logs: [{}] } }),
    ...updates.handlers,
    applyAccess(request) {
      access.apply(request);
      return answer({ report: access.report(instanceId) });
    },
    updateNetwork: ({ sandboxId, networkRevision }) =>
      answer({ sandbox: sandboxes.setNetwork(sandboxId, networkRevision) }),
  };
}

/** Only `Run` is simulated. */
function noProcesses(): never {
  throw wrongState('A simulated sandbox keeps no processes: use Run, or a real host.');
}

/** Commands of simulated sandboxes are simulated, too: there is nothing behind them that could hold files. */
function noFiles(): never {
  throw wrongState('A simulated sandbox has no files: use a real host.');
}

function noPorts(): never {
  throw wrongState('Nothing listens in a simulated sandbox: use a real host.');
}

async function* runEvents(
  { argv, stdin, timeout }: RunRequest,
  env: Readonly<Record<string, string>>,
  hostId: string,
  signal: AbortSignal,
): AsyncIterable<NonNullable<RunEvent>> {
  const beganMs = performance.now();
  const deadline = timeout ? AbortSignal.timeout(durationMs(timeout)) : undefined;
  yield { case: 'started', value: { pid: 2, hostId } };
  let exit = { code: 0, signal: '', timedOut: false };
  try {
    const ended = deadline ? AbortSignal.any([signal, deadline]) : signal;
    for await (const output of runCommand({ argv, env, stdin, signal: ended })) {
      if ('stdout' in output) yield { case: 'stdout', value: Buffer.from(output.stdout) };
      else if ('stderr' in output) yield { case: 'stderr', value: Buffer.from(output.stderr) };
      else exit = { ...exit, code: output.exit };
    }
  } catch (error) {
    if (!deadline?.aborted) throw error;
    exit = { code: 137, signal: 'SIGKILL', timedOut: true };
  }
  yield { case: 'exit', value: { ...exit, duration: durationFromMs(Math.round(performance.now() - beganMs)) } };
}
