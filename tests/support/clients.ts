import { createClient, type Client, type Interceptor } from '@connectrpc/connect';
import { createConnectTransport, type ConnectTransportOptions } from '@connectrpc/connect-node';
import { AuditService } from '#proto/muster/v1/audit_pb.js';
import { AuthService } from '#proto/muster/v1/auth_pb.js';
import { FileService } from '#proto/muster/v1/file_pb.js';
import { FleetService } from '#proto/muster/v1/fleet_pb.js';
import { RolloutService } from '#proto/muster/v1/rollout_pb.js';
import { HostService } from '#proto/muster/v1/host_pb.js';
import { ProcessService } from '#proto/muster/v1/process_pb.js';
import { SandboxService } from '#proto/muster/v1/sandbox_pb.js';
import { SetupService } from '#proto/muster/v1/setup_pb.js';
import { TeamService } from '#proto/muster/v1/team_pb.js';

/** A client per public service, all with the same credential. */
export interface Clients {
  readonly audit: Client<typeof AuditService>;
  readonly auth: Client<typeof AuthService>;
  readonly files: Client<typeof FileService>;
  readonly fleet: Client<typeof FleetService>;
  readonly rollouts: Client<typeof RolloutService>;
  readonly hosts: Client<typeof HostService>;
  readonly processes: Client<typeof ProcessService>;
  readonly sandboxes: Client<typeof SandboxService>;
  readonly setup: Client<typeof SetupService>;
  readonly teams: Client<typeof TeamService>;
}

/** Clients that present these headers (`authorization`, `cookie`); `options` say how long they wait and who looks on. */
export function clientsFor(
  serverUrl: string,
  headers: Readonly<Record<string, string>> = {},
  { interceptors = [], ...options }: Pick<ConnectTransportOptions, 'defaultTimeoutMs' | 'interceptors'> = {},
): Clients {
  const present: Interceptor = (next) => (request) => {
    for (const [name, value] of Object.entries(headers)) request.header.set(name, value);
    return next(request);
  };
  const transport = createConnectTransport({
    baseUrl: serverUrl,
    httpVersion: '1.1',
    interceptors: [...interceptors, present],
    ...options,
  });
  return {
    audit: createClient(AuditService, transport),
    auth: createClient(AuthService, transport),
    files: createClient(FileService, transport),
    fleet: createClient(FleetService, transport),
    rollouts: createClient(RolloutService, transport),
    hosts: createClient(HostService, transport),
    processes: createClient(ProcessService, transport),
    sandboxes: createClient(SandboxService, transport),
    setup: createClient(SetupService, transport),
    teams: createClient(TeamService, transport),
  };
}

/** Somebody who is signed in. */
export interface SignedIn {
  readonly clients: Clients;
  readonly token: string;
  readonly cookie: string;
}

/** Completes the setup and answers clients of the first admin, by a user token. */
export async function completeSetup(serverUrl: string, setupToken: string, admin: Admin): Promise<SignedIn> {
  let cookie = '';
  await clientsFor(serverUrl, { origin: serverUrl }).setup.completeSetup(
    { setupToken, ...admin },
    { onHeader: (header) => (cookie = (header.get('set-cookie') ?? '').split(';')[0]!) },
  );
  return clientsByCookie(serverUrl, cookie);
}

/** Clients by a user token that is made from a browser's session. */
export async function clientsByCookie(serverUrl: string, cookie: string): Promise<SignedIn> {
  const { token } = await clientsFor(serverUrl, { cookie, origin: serverUrl }).auth.createUserToken({});
  return { clients: clientsFor(serverUrl, { authorization: `Bearer ${token}` }), token, cookie };
}

export interface Admin {
  readonly name: string;
  readonly email: string;
  readonly password: string;
}

export const firstAdmin: Admin = { name: 'First Admin', email: 'admin@example.com', password: 'correct horse battery' };
