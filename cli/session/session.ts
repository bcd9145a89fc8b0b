import { createClient, type Client, type Interceptor, type Transport } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-node';
import { AlertService } from '#proto/muster/v1/alert_pb.js';
import { ApiKeyService } from '#proto/muster/v1/api_key_pb.js';
import { AuditService } from '#proto/muster/v1/audit_pb.js';
import { AuthService } from '#proto/muster/v1/auth_pb.js';
import { FileService } from '#proto/muster/v1/file_pb.js';
import { FleetService } from '#proto/muster/v1/fleet_pb.js';
import { HostService } from '#proto/muster/v1/host_pb.js';
import { IdentityService } from '#proto/muster/v1/identity_pb.js';
import { MachineAccessService } from '#proto/muster/v1/machine_access_pb.js';
import { ProcessService } from '#proto/muster/v1/process_pb.js';
import { RolloutService } from '#proto/muster/v1/rollout_pb.js';
import { SandboxService } from '#proto/muster/v1/sandbox_pb.js';
import { SettingsService } from '#proto/muster/v1/settings_pb.js';
import { GatewayService } from '#proto/muster/v1/gateway_pb.js';
import { TesterKeyService } from '#proto/muster/v1/tester_key_pb.js';
import { SnapshotService } from '#proto/muster/v1/snapshot_pb.js';
import { TeamService } from '#proto/muster/v1/team_pb.js';
import { TemplateService } from '#proto/muster/v1/template_pb.js';
import { TesterService } from '#proto/muster/v1/tester_pb.js';
import { UserService } from '#proto/muster/v1/user_pb.js';
import type { Surroundings } from '../surroundings.ts';
import { serverAddress } from './address.ts';
import { readCredential } from './credentials.ts';

/** What every command takes. */
export interface SessionOptions {
  readonly server?: string;
  readonly json?: boolean;
}

/** A command's connection to the control plane, as the caller. */
export interface Session extends Surroundings {
  readonly server: string;
  /** Whether to print JSON. */
  readonly json: boolean;
  /** The headers that say who calls, for what is no call of the API. */
  readonly presented: Readonly<Record<string, string>>;
  readonly alerts: Client<typeof AlertService>;
  readonly audit: Client<typeof AuditService>;
  readonly auth: Client<typeof AuthService>;
  readonly files: Client<typeof FileService>;
  readonly fleet: Client<typeof FleetService>;
  readonly hosts: Client<typeof HostService>;
  readonly identities: Client<typeof IdentityService>;
  readonly keys: Client<typeof ApiKeyService>;
  readonly machineAccess: Client<typeof MachineAccessService>;
  readonly processes: Client<typeof ProcessService>;
  readonly rollouts: Client<typeof RolloutService>;
  readonly sandboxes: Client<typeof SandboxService>;
  readonly settings: Client<typeof SettingsService>;
  readonly gateway: Client<typeof GatewayService>;
  readonly testerKeys: Client<typeof TesterKeyService>;
  readonly snapshots: Client<typeof SnapshotService>;
  readonly teams: Client<typeof TeamService>;
  readonly templates: Client<typeof TemplateService>;
  readonly testers: Client<typeof TesterService>;
  readonly users: Client<typeof UserService>;
}

/** A unary call that takes longer has lost its server. Creating a sandbox may be tried on several hosts. */
const unaryTimeoutMs = 120_000;

/** Opens a session with the token of the environment, or else of the last sign-in. Connects to nothing yet. */
export async function openSession(surroundings: Surroundings, options: SessionOptions): Promise<Session> {
  const server = serverAddress(options.server ?? surroundings.environment.MUSTER_SERVER);
  const token =
    surroundings.environment.MUSTER_TOKEN || (await readCredential(surroundings.environment, server))?.token;
  return sessionWith(surroundings, { server, json: options.json ?? false, token });
}

/** A session with this token, or with none. */
export function sessionWith(
  surroundings: Surroundings,
  { server, json, token }: { readonly server: string; readonly json: boolean; readonly token: string | undefined },
): Session {
  const presented = token === undefined ? {} : presentedBy(token);
  const transport: Transport = createConnectTransport({
    baseUrl: server,
    httpVersion: '1.1',
    defaultTimeoutMs: unaryTimeoutMs,
    interceptors: [cancellation(surroundings.signal), presenting(presented)],
  });
  return {
    ...surroundings,
    server,
    json,
    presented,
    alerts: createClient(AlertService, transport),
    audit: createClient(AuditService, transport),
    auth: createClient(AuthService, transport),
    files: createClient(FileService, transport),
    fleet: createClient(FleetService, transport),
    hosts: createClient(HostService, transport),
    identities: createClient(IdentityService, transport),
    keys: createClient(ApiKeyService, transport),
    machineAccess: createClient(MachineAccessService, transport),
    processes: createClient(ProcessService, transport),
    rollouts: createClient(RolloutService, transport),
    sandboxes: createClient(SandboxService, transport),
    settings: createClient(SettingsService, transport),
    gateway: createClient(GatewayService, transport),
    testerKeys: createClient(TesterKeyService, transport),
    snapshots: createClient(SnapshotService, transport),
    teams: createClient(TeamService, transport),
    templates: createClient(TemplateService, transport),
    testers: createClient(TesterService, transport),
    users: createClient(UserService, transport),
  };
}

/** Keys of teams have a header of their own. */
const presentedBy = (token: string): Readonly<Record<string, string>> =>
  token.startsWith('mst_team_') ? { 'x-api-key': token } : { authorization: `Bearer ${token}` };

const presenting =
  (presented: Readonly<Record<string, string>>): Interceptor =>
  (next) =>
  (request) => {
    for (const [name, value] of Object.entries(presented)) request.header.set(name, value);
    return next(request);
  };

/** For calls that answer a stream: they end when their reader goes. */
export const withoutDeadline = { timeoutMs: 0 } as const;

/** Ctrl-C cancels every call. */
const cancellation =
  (interrupted: AbortSignal): Interceptor =>
  (next) =>
  (request) =>
    next({ ...request, signal: AbortSignal.any([request.signal, interrupted]) });
