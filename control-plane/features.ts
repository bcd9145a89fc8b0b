import type { ConnectRouter } from '@connectrpc/connect';
import { openAlerts } from './alerts/index.ts';
import { auditRoutes, checkpointLoop, openUseLog, sealerLoop, type NoteUse } from './audit/index.ts';
import { authRoutes, authSweepLoop, oidcPages, resetRequestsLoop } from './auth/index.ts';
import { cockpitRoutes } from './cockpit/index.ts';
import { systemContext, type Services } from './context.ts';
import { endsWithTeam } from './ends-with-team.ts';
import { eraseAccountWith, eraseUserWith } from './erasure/index.ts';
import { fileBridge, fileRoutes } from './files/index.ts';
import { openEndpoints } from './endpoints/index.ts';
import { forgeHands, openFleet, recordComponentReports } from './fleet/index.ts';
import { gatewayHands, gatewayRoutes, openGateway } from './gateway/index.ts';
import { observationRoutes } from './observation/index.ts';
import { openHosts } from './hosts/index.ts';
import { processRoutes } from './processes/index.ts';
import { stopKeysOfMember } from './credentials/index.ts';
import { inviteRoutes, markInviteMailed } from './invites/index.ts';
import { signingKeysLoop } from './installation/index.ts';
import { identityRoutes } from './identities/index.ts';
import { keyRoutes } from './keys/index.ts';
import { limitSweepLoop, openCallLimits, type AdmitCall } from './limits/index.ts';
import { openLayers } from './layers/index.ts';
import { mailHands, mailLoop, mailSweepLoop } from './mail/index.ts';
import type { Loop } from './loops/index.ts';
import { machineAccessLoops, machineAccessRoutes, recordAccessReports } from './machine-access/index.ts';
import { resolveImage } from './images.ts';
import { LostStarts, openSandboxes, sandboxesOnHosts } from './sandboxes/index.ts';
import { rolloutLoops, rolloutRoutes } from './rollouts/index.ts';
import type { Bridge, EndpointServer, UpgradeHandler } from './server/index.ts';
import { openSettings } from './settings/index.ts';
import { setupRoutes } from './setup/index.ts';
import { snapshotRoutes, snapshotsLoop, withSnapshotsOnHosts } from './snapshots/index.ts';
import { teamRoutes } from './teams/index.ts';
import {
  keysOfTeams,
  providerChanged,
  removeKeys,
  seedKeys,
  testerKeyLoops,
  testerKeyRoutes,
} from './tester-keys/index.ts';
import { templateRoutes, templatesLoop } from './templates/index.ts';
import { markWelcomed, openTesters } from './testers/index.ts';
import { userRoutes } from './users/index.ts';

/** What all features together bring to a replica. */
export interface Features {
  readonly routes: readonly ((router: ConnectRouter) => void)[];
  readonly loops: readonly Loop[];
  readonly onUpgrade: UpgradeHandler;
  /** Asked before every call; lets all through where unset. */
  readonly admitCall?: AdmitCall;
  /** Told of every sensitive call; nothing is written down where unset. */
  readonly noteUse?: NoteUse;
  /** Addresses beside the API, for browsers that go there. */
  readonly pages?: ReturnType<typeof oidcPages> | undefined;
  /** Addresses that offer the API in another form. */
  readonly bridges?: readonly Bridge[];
  /** Answers what is for ports of sandboxes. */
  readonly endpoints?: EndpointServer;
  /** Ends what they hold open beside the calls. */
  close(): Promise<void>;
}

/** Opens every feature and brings those together that need each other: the one place that knows them all. */
export function openFeatures(services: Services): Features {
  const callLimits = openCallLimits(services);
  const uses = openUseLog(services);
  const ourselves = systemContext(services, new AbortController().signal);
  const fleet = openFleet(services);
  const alerts = openAlerts(services, fleet);
  const hosts = openHosts(services, {
    sandboxes: withSnapshotsOnHosts(sandboxesOnHosts),
    async recordReports(sql, all) {
      await recordComponentReports(sql, all, services.config);
      await recordAccessReports(sql, ourselves, all);
    },
  });
  const layers = openLayers(services, hosts.calls);
  const hands = {
    ...hosts.calls,
    ...keysOfTeams,
    bring: layers.bring,
    resolve: resolveImage,
    lost: new LostStarts(),
  };
  const sandboxes = openSandboxes(services, hands);
  const endpoints = openEndpoints(services, {
    calls: hosts.calls,
    door: sandboxes.door,
    admitTraffic: callLimits.admitTraffic,
    noteUse: uses.note,
  });
  const gateway = openGateway(services);
  const testers = openTesters({
    hands,
    endsWithTeam,
    eraseAccount: eraseAccountWith(endsWithTeam),
    keys: { seed: seedKeys, remove: removeKeys },
  });
  return {
    routes: [
      setupRoutes,
      authRoutes,
      userRoutes(eraseUserWith(endsWithTeam)),
      teamRoutes(endsWithTeam.sandboxes, endsWithTeam.hosts, stopKeysOfMember),
      inviteRoutes,
      keyRoutes,
      identityRoutes,
      (router) => hosts.routes(router),
      (router) => sandboxes.routes(router),
      // After the others of its service, in whose place these come.
      (router) => endpoints.routes(router),
      (router) => observationRoutes(router, { calls: hosts.calls, door: sandboxes.door }),
      (router) => processRoutes(router, { calls: hosts.calls, door: sandboxes.door }),
      (router) => fileRoutes(router, { calls: hosts.calls, door: sandboxes.door }),
      (router) => snapshotRoutes(router, hands),
      (router) => templateRoutes(router, { calls: hosts.calls, store: layers.store }),
      (router) => fleet.routes(router),
      (router) => rolloutRoutes(router, fleet),
      (router) => alerts.routes(router),
      (router) => testers.routes(router),
      openSettings({ mail: mailHands, forge: forgeHands, gateway: gatewayHands }, providerChanged),
      gatewayRoutes,
      machineAccessRoutes,
      testerKeyRoutes,
      cockpitRoutes,
      auditRoutes,
    ],
    loops: [
      signingKeysLoop,
      authSweepLoop,
      resetRequestsLoop,
      mailLoop({ invite: markInviteMailed, welcome: markWelcomed }),
      mailSweepLoop,
      callLimits.loop,
      limitSweepLoop,
      ...hosts.loops,
      ...sandboxes.loops,
      ...layers.loops,
      snapshotsLoop,
      templatesLoop,
      ...fleet.loops,
      ...rolloutLoops(services, hosts.calls),
      ...machineAccessLoops(hosts.calls),
      ...alerts.loops,
      ...gateway.loops,
      ...testerKeyLoops(hosts.calls),
      ...testers.loops,
      uses.loop,
      sealerLoop,
      checkpointLoop,
    ],
    onUpgrade: hosts.onUpgrade,
    admitCall: callLimits.admit,
    noteUse: uses.note,
    endpoints,
    bridges: [fileBridge, fleet.webhooks, hosts.forwarding, gateway.bridge],
    pages: services.oidc && oidcPages(services, services.oidc),
    async close() {
      gateway.close();
      await testers.close();
      await sandboxes.close();
      await hosts.close();
      await fleet.close();
      await uses.close();
    },
  };
}
