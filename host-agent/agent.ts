import { randomUUID } from 'node:crypto';
import { Backoff, controlPlaneBackoff, type BackoffTimes } from './backoff.ts';
import { ComponentWatch, type ConfigFile, type OwnBuild } from './components/index.ts';
import { guardAbsence } from './connection/absence.ts';
import { Contact } from './connection/contact.ts';
import { guardExpiry } from './connection/expiry.ts';
import { keepConnection } from './connection/keep.ts';
import type { Context } from './context.ts';
import { Access } from './enrolment/access.ts';
import type { AccessGrant, Enrolled } from './enrolment/rotation.ts';
import { sendHeartbeats } from './heartbeat/beat.ts';
import { describeHost, readBootId, type Machine } from './machine/specs.ts';
import { MachineAccess, type Account } from './machine-access/index.ts';
import { toAccessReport } from './rpc/access.ts';
import { rpcListener } from './rpc/listener.ts';
import { hostAgentService } from './rpc/service.ts';
import type { Sandboxes } from './sandboxes/index.ts';
import { Updates } from './updates/index.ts';
import { Wakeup } from './wakeup.ts';

/** What an agent is made of. Wired in main.ts, and in tests. */
export interface AgentParts {
  readonly enrolled: Enrolled;
  /** From a join a moment ago. */
  readonly grant?: AccessGrant | undefined;
  readonly sandboxes: Sandboxes;
  readonly machine: Machine;
  readonly ownBuild: OwnBuild;
  readonly configFile: ConfigFile;
  /** Where its files are kept. */
  readonly dataDir: string;
  /** Undefined: as the config file says. */
  readonly pauseAfterMs: number | undefined;
  readonly times?: Partial<AgentTimes>;
  /** Instead of this machine's own accounts. */
  readonly accountNamed?: ((name: string) => Promise<Account>) | undefined;
}

/** The agent's own rhythm; tests are quicker. */
export interface AgentTimes {
  readonly backoff: BackoffTimes;
  readonly pingEveryMs: number;
  readonly pingTimeoutMs: number;
  /** A connection that stands so long after our proof was taken. */
  readonly keptAfterMs: number;
  readonly probeEveryMs: number;
  readonly inventoryWithinMs: number;
  readonly settleMs: number;
  /** How long the control plane is silent before the agent freezes expired sandboxes by itself. */
  readonly freezeExpiredAfterMs: number;
  /** And before it carries out what is to become of them. */
  readonly endExpiredAfterMs: number;
}

const ordinaryTimes: AgentTimes = {
  backoff: controlPlaneBackoff,
  pingEveryMs: 15_000,
  pingTimeoutMs: 10_000,
  keptAfterMs: 10_000,
  probeEveryMs: 2000,
  inventoryWithinMs: 10_000,
  settleMs: 1000,
  freezeExpiredAfterMs: 60_000,
  endExpiredAfterMs: 7 * 24 * 3_600_000,
};

/** An upgrade or a reboot of the control plane freezes nobody. */
const defaultPauseAfterMs = 600_000;

/** How an agent's work ended. */
export type Ending = 'stopped' | 'host deleted';

/** Does the agent's work until it is stopped, or until the installation has deleted its host. */
export async function runAgent(outer: Context, parts: AgentParts): Promise<Ending> {
  const stop = new AbortController();
  const context = { ...outer, signal: AbortSignal.any([outer.signal, stop.signal]) };
  const { enrolled, sandboxes, machine, ownBuild, configFile } = parts;
  const times = { ...ordinaryTimes, ...parts.times };
  const instanceId = randomUUID();
  const access = new Access(enrolled, parts.grant);
  const contact = new Contact();
  const soon = new Wakeup();
  const components = new ComponentWatch(configFile, ownBuild, parts.dataDir);
  const updates = new Updates(parts.dataDir, configFile);
  const machineAccess = new MachineAccess({
    dataDir: parts.dataDir,
    hostId: enrolled.store.held.host.id,
    configFile,
    accountNamed: parts.accountNamed,
  });
  const bootId = await readBootId();
  if (outer.signal.aborted) return 'stopped';
  await components.look(context).catch((error: unknown) => {
    if (!outer.signal.aborted) throw error;
  });
  const forget = sandboxes.onChange((change) => {
    // What a caller asked for, the caller knows; what happened by itself is told.
    if ('state' in change && change.state === 'failed') soon.wake();
  });

  const forEver: Promise<never>[] = [
    keepConnection(context, {
      enrolled,
      access,
      contact,
      instanceId,
      backoff: times.backoff,
      pingEveryMs: times.pingEveryMs,
      pingTimeoutMs: times.pingTimeoutMs,
      keptAfterMs: times.keptAfterMs,
      onTokenDoubted: () => soon.wake(),
      listener: (agentNonce, onProved) => {
        const onInventoryAsked = () => contact.inventoryAsked();
        const accessToken = () => access.present?.reveal() ?? '';
        const connection = { agentNonce, instanceId, accessToken, onProved, onInventoryAsked };
        return rpcListener(hostAgentService(context, enrolled, sandboxes, updates, machineAccess, connection));
      },
    }),
    guardAbsence(context, contact, sandboxes, {
      pauseAfterMs: () => parts.pauseAfterMs ?? configFile.settings.pauseAfterMs ?? defaultPauseAfterMs,
      inventoryWithinMs: times.inventoryWithinMs,
      settleMs: times.settleMs,
    }),
    guardExpiry(context, contact, sandboxes, times),
    components.run(context, times.probeEveryMs, () => soon.wake()),
    machineAccess.run(context, times.probeEveryMs, () => soon.wake()),
  ];
  const heartbeats = sendHeartbeats(context, {
    enrolled,
    access,
    contact,
    bootId,
    instanceId,
    backoff: times.backoff,
    soon,
    specs: () => describeHost(machine, ownBuild, sandboxes.capabilities()),
    inventoryDigest: () => sandboxes.inventory().digest,
    components: () => [...components.reports],
    machineAccess: () => machineAccess.report && toAccessReport(machineAccess.report, instanceId),
  });
  const preparation = prepareBase(context, sandboxes, times.backoff, () => soon.wake());

  try {
    return await Promise.race([heartbeats, ...forEver]);
  } catch (error) {
    if (outer.signal.aborted) return 'stopped';
    throw error;
  } finally {
    forget();
    stop.abort();
    await Promise.allSettled([heartbeats, preparation, ...forEver]);
  }
}

/** Makes the template ready that everybody starts from; the first time on a machine this takes minutes. */
async function prepareBase(
  context: Context,
  sandboxes: Sandboxes,
  times: BackoffTimes,
  onReady: () => void,
): Promise<void> {
  const { runtimeProblem, templates } = sandboxes.capabilities();
  if (runtimeProblem) context.log.warn(`No sandbox runtime: ${runtimeProblem}`);
  if (runtimeProblem || templates.includes('base')) return;
  const backoff = new Backoff(times);
  while (!context.signal.aborted) {
    try {
      await sandboxes.prepareTemplate(
        'base',
        ({ template, message, percent }) => context.log.info({ template, percent }, message),
        context.signal,
      );
      context.log.info({ template: 'base' }, 'The template is ready.');
      onReady();
      return;
    } catch (error) {
      if (context.signal.aborted) return;
      context.log.error({ err: error, template: 'base' }, 'The template could not be made ready; trying again.');
      await backoff.wait(context.signal).catch(() => undefined);
    }
  }
}
