import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runAgent, type AgentParts, type Ending } from '../agent.ts';
import { ConfigFile, readOwnBuild, ownDirectory } from '../components/index.ts';
import type { Context } from '../context.ts';
import { enrol, openEnrolment } from '../enrolment/enrol.ts';
import { createLog } from '../log.ts';
import { readMachine } from '../machine/specs.ts';
import { LocalSandboxes } from './local-sandboxes.ts';
import type { TestControlPlane } from './control-plane.ts';

export const quickTimes = {
  backoff: { firstMs: 20, lastMs: 100 },
  pingEveryMs: 100,
  pingTimeoutMs: 20_000,
  keptAfterMs: 1000,
  probeEveryMs: 50,
  inventoryWithinMs: 300,
  settleMs: 50,
  freezeExpiredAfterMs: 3000,
  endExpiredAfterMs: 3_600_000,
};

/** An agent in this process, with everything real but the sandboxes. */
export interface TestAgent {
  readonly dataDir: string;
  readonly sandboxes: LocalSandboxes;
  readonly log: () => string;
  /** Ends it, as a signal would. */
  stop(): Promise<Ending>;
  readonly ending: Promise<Ending>;
}

/** A data directory that goes with the test. */
export async function makeDataDir(): Promise<{ path: string; remove: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'muster-agent-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** A context with its log in memory. */
export function testContext(signal = new AbortController().signal): Context & { readonly text: () => string } {
  let text = '';
  return { log: createLog('debug', { write: (line) => void (text += line) }), signal, text: () => text };
}

/** The join command's options for a control plane. */
export const joinOptions = ({ url, installation }: TestControlPlane) => ({
  server: url,
  fingerprint: installation.fingerprint,
  token: installation.joinToken.secret.reveal(),
  rejoin: false,
});

/** Joins where that is needed, and runs. */
export async function startTestAgent(
  controlPlane: TestControlPlane,
  dataDir: string,
  options: Partial<AgentParts> & { sandboxes?: LocalSandboxes } = {},
): Promise<TestAgent> {
  const stop = new AbortController();
  const context = testContext(stop.signal);
  const sandboxes = options.sandboxes ?? new LocalSandboxes();
  const enrolment =
    (await openEnrolment(dataDir).catch(() => undefined)) ??
    (await enrol(context, dataDir, joinOptions(controlPlane), {}));
  const ending = runAgent(context, {
    enrolled: enrolment.enrolled,
    grant: enrolment.grant,
    machine: await readMachine(dataDir),
    ownBuild: await readOwnBuild(ownDirectory, stop.signal),
    configFile: new ConfigFile(join(dataDir, 'agent.json')),
    dataDir,
    pauseAfterMs: undefined,
    ...options,
    times: { ...quickTimes, ...options.times },
    sandboxes,
  }).finally(() => enrolment.enrolled.door.close());
  ending.catch(() => undefined); // whoever waits for it hears of it
  return {
    dataDir,
    sandboxes,
    log: context.text,
    ending,
    stop: () => {
      stop.abort();
      return ending;
    },
  };
}
