import { createClient, type Client, type Interceptor, type Transport } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-node';
import { EnrolmentService } from '#proto/muster/agent/v1/enrolment_pb.js';
import { AlertService } from '#proto/muster/v1/alert_pb.js';
import { AuthService } from '#proto/muster/v1/auth_pb.js';
import { CockpitService } from '#proto/muster/v1/cockpit_pb.js';
import { FleetService } from '#proto/muster/v1/fleet_pb.js';
import { GatewayService } from '#proto/muster/v1/gateway_pb.js';
import { TesterKeyService } from '#proto/muster/v1/tester_key_pb.js';
import { HostService } from '#proto/muster/v1/host_pb.js';
import { InviteService } from '#proto/muster/v1/invite_pb.js';
import { MachineAccessService } from '#proto/muster/v1/machine_access_pb.js';
import { ProcessService } from '#proto/muster/v1/process_pb.js';
import { RolloutService } from '#proto/muster/v1/rollout_pb.js';
import { SandboxService } from '#proto/muster/v1/sandbox_pb.js';
import { SettingsService } from '#proto/muster/v1/settings_pb.js';
import { SetupService } from '#proto/muster/v1/setup_pb.js';
import { TeamService } from '#proto/muster/v1/team_pb.js';
import { TesterService } from '#proto/muster/v1/tester_pb.js';
import { UserService } from '#proto/muster/v1/user_pb.js';

/** A client of every service, all as one caller. */
export interface Clients {
  readonly transport: Transport;
  readonly setup: Client<typeof SetupService>;
  readonly auth: Client<typeof AuthService>;
  readonly users: Client<typeof UserService>;
  readonly teams: Client<typeof TeamService>;
  readonly invites: Client<typeof InviteService>;
  readonly hosts: Client<typeof HostService>;
  readonly sandboxes: Client<typeof SandboxService>;
  readonly processes: Client<typeof ProcessService>;
  readonly fleet: Client<typeof FleetService>;
  readonly rollouts: Client<typeof RolloutService>;
  readonly alerts: Client<typeof AlertService>;
  readonly gateway: Client<typeof GatewayService>;
  readonly machineAccess: Client<typeof MachineAccessService>;
  readonly testerKeys: Client<typeof TesterKeyService>;
  readonly cockpit: Client<typeof CockpitService>;
  readonly settings: Client<typeof SettingsService>;
  readonly testers: Client<typeof TesterService>;
  readonly enrolment: Client<typeof EnrolmentService>;
}

/** Clients over real HTTP that send these headers with every call. */
export function clientsOf(url: string, headers: Readonly<Record<string, string>> = {}): Clients {
  const withHeaders: Interceptor = (next) => (request) => {
    for (const [name, value] of Object.entries(headers)) request.header.set(name, value);
    return next(request);
  };
  const transport = createConnectTransport({ baseUrl: url, httpVersion: '1.1', interceptors: [withHeaders] });
  return {
    transport,
    setup: createClient(SetupService, transport),
    auth: createClient(AuthService, transport),
    users: createClient(UserService, transport),
    teams: createClient(TeamService, transport),
    invites: createClient(InviteService, transport),
    hosts: createClient(HostService, transport),
    sandboxes: createClient(SandboxService, transport),
    processes: createClient(ProcessService, transport),
    fleet: createClient(FleetService, transport),
    rollouts: createClient(RolloutService, transport),
    alerts: createClient(AlertService, transport),
    gateway: createClient(GatewayService, transport),
    machineAccess: createClient(MachineAccessService, transport),
    testerKeys: createClient(TesterKeyService, transport),
    cockpit: createClient(CockpitService, transport),
    settings: createClient(SettingsService, transport),
    testers: createClient(TesterService, transport),
    enrolment: createClient(EnrolmentService, transport),
  };
}

/** Clients that present a bearer token. */
export const clientsWithToken = (url: string, token: string): Clients =>
  clientsOf(url, { authorization: `Bearer ${token}` });
