import type { ConnectRouter } from '@connectrpc/connect';
import type { Services } from '../context.ts';
import type { Loop } from '../loops/index.ts';
import type { Bridge } from '../server/index.ts';
import { hostCalls, type HostCalls } from './connection/call.ts';
import { hostConnections } from './connection/connections.ts';
import { upgradeHandler, type UpgradeHandler } from './connection/upgrade.ts';
import { drainLoop } from './drain/loop.ts';
import { enrolmentRoutes } from './enrolment/rpc.ts';
import { forwardingDoor } from './forwarding/door.ts';
import { hostsElsewhere } from './forwarding/elsewhere.ts';
import { replicaLoop } from './forwarding/replica-loop.ts';
import { removeReplica } from './forwarding/store.ts';
import type { ReportRecorder } from './heartbeats/heartbeat.ts';
import { heartbeatWriter } from './heartbeats/writer.ts';
import { hostLifeLoop } from './life/index.ts';
import { livenessLoop } from './liveness/loop.ts';
import { registerHostMetrics } from './metrics.ts';
import { hostRoutes } from './rpc.ts';
import type { ThingsOnHosts } from './sandboxes-on-hosts.ts';

/** What hosts need of features that stand above them; main.ts brings them together. */
export interface HostParts {
  readonly sandboxes: ThingsOnHosts;
  readonly recordReports: ReportRecorder;
}

/** The hosts of one replica: their doors, their connections, their loops. */
export interface Hosts {
  routes(router: ConnectRouter): void;
  readonly onUpgrade: UpgradeHandler;
  readonly loops: readonly Loop[];
  /** Calls on agents, by host id. */
  readonly calls: HostCalls;
  /** Where other replicas hand over their calls. */
  readonly forwarding: Bridge;
  /** Ends the connections of this replica. */
  close(): Promise<void>;
}

const closeOverEveryMs = 5_000;
const forgetEveryMs = 30_000;
const proveEveryMs = 60_000;

export function openHosts(services: Services, { sandboxes, recordReports }: HostParts): Hosts {
  const elsewhere = hostsElsewhere(services);
  const connections = hostConnections(services, elsewhere.answers);
  const writer = heartbeatWriter(services, recordReports);
  const calls = hostCalls(connections, elsewhere);
  registerHostMetrics(services, connections);
  return {
    routes(router) {
      hostRoutes(router, { calls, sandboxes });
      enrolmentRoutes(router, writer, sandboxes);
    },
    onUpgrade: upgradeHandler(services, connections),
    loops: [
      livenessLoop(services, sandboxes),
      drainLoop(services, sandboxes),
      hostLifeLoop,
      replicaLoop(services),
      {
        name: 'hosts.connections',
        everyMs: forgetEveryMs,
        singleton: false,
        run: (context) => connections.forgetLost(context),
      },
      {
        name: 'hosts.over_connections',
        everyMs: closeOverEveryMs,
        wakeOn: ['connection'],
        singleton: false,
        run: (context) => connections.closeOver(context),
      },
      {
        name: 'hosts.renewed_connections',
        everyMs: proveEveryMs,
        singleton: false,
        run: (context) => connections.renew(context),
      },
    ],
    calls,
    forwarding: forwardingDoor(services, connections),
    async close() {
      await connections.close();
      elsewhere.close();
      await removeReplica(services.pool, services.replicaId).catch((error: unknown) =>
        services.log.debug({ err: error }, 'the database was not told that this replica ends'),
      );
    },
  };
}
