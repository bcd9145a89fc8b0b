import { randomUUID } from 'node:crypto';
import { Code, ConnectError, createClient } from '@connectrpc/connect';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ApiKeyService, KeyRole } from '#proto/muster/v1/api_key_pb.js';
import { TeamRole } from '#proto/muster/v1/auth_pb.js';
import { mintToken } from '#contract/token.ts';
import { AgentKeys } from '../hosts/testing/agent-keys.ts';
import {
  clientsOf,
  startTestControlPlane,
  type Clients,
  type TestControlPlane,
  type TestUser,
} from '../testing/index.ts';

const most = 3;
const limited = [
  'sign_up.address',
  'device_login.address',
  'request_reset.account',
  'reset.address',
  'mint.account',
  'invite.account',
  'join.account',
  'refresh.account',
  'user_search.account',
];
const origin = 'https://muster.example';
let plane: TestControlPlane;
let replicas: string[];
beforeAll(async () => {
  plane = await startTestControlPlane({
    env: {
      MUSTER_PUBLIC_URL: origin,
      MUSTER_SIGNUP: 'open',
      MUSTER_SMTP_URL: 'smtp://127.0.0.1:1',
      MUSTER_MAIL_FROM: 'muster@example.com',
      MUSTER_LIMITS: limited.map((name) => `${name}=${most}/1h`).join(),
    },
  });
  replicas = [plane.url, (await plane.startReplica()).url];
});
afterAll(() => plane?.stop());

/** Somebody somewhere. */
interface Asker {
  readonly address: string;
  readonly user?: TestUser;
  /** What they ask with again and again: a token, a mailbox. */
  readonly with?: string;
}
type Act = (clients: Clients, asker: Asker) => Promise<unknown>;

const password = 'correct horse battery';
let hosts = 0;
const acts: Record<string, Act> = {
  'signing up': ({ auth }) => auth.signUp({ name: 'X', email: `${randomUUID()}@example.org`, password }),
  'signing in on a command line': ({ auth }) => first(auth.startDeviceLogin({ deviceName: 'x' })),
  'asking for a reset': ({ auth }, asker) => auth.requestPasswordReset({ email: asker.with! }),
  resetting: ({ auth }) =>
    auth.resetPassword({ token: mintToken('pwr').secret.reveal(), newPassword: password }).catch(unlessLimited),
  'making join tokens': ({ hosts: host }) => host.createHost({ name: `limited-${(hosts += 1)}` }),
  'making keys': ({ transport }, { user }) =>
    createClient(ApiKeyService, transport).createApiKey({ name: 'x', teamId: user!.teamId, role: KeyRole.OPERATOR }),
  'making user tokens': ({ auth }) => auth.createUserToken({}),
  'inviting one address': ({ invites }, { user }) =>
    invites.createInvite({ teamId: user!.teamId, email: 'x@example.org', role: TeamRole.MEMBER }),
  joining: ({ enrolment }, asker) => enrolment.joinHost(agent().join(asker.with!)).catch(unlessLimited),
  refreshing: ({ enrolment }, asker) =>
    enrolment
      .refreshCredentials({ ...agent().refresh(spent, mintToken('hrt')), refreshToken: asker.with! })
      .catch(unlessLimited),
  'searching for people': ({ users }, { user }) => users.searchUsers({ teamId: user!.teamId, emailPrefix: 'ada' }),
};
const spent = mintToken('hrt');
const agent = () => new AgentKeys(plane.services.installation.id);
const first = async (stream: AsyncIterable<unknown>) => {
  for await (const _ of stream) return;
};
/** What is refused for another reason was let through. */
function unlessLimited(error: unknown): void {
  if (ConnectError.from(error).code === Code.ResourceExhausted) throw error;
}

/** Whether it was let through, by turns on the two replicas. */
async function asks(act: Act, asker: Asker, turn: number): Promise<ConnectError | undefined> {
  const headers = {
    origin,
    'x-forwarded-for': asker.address,
    ...(asker.user && { cookie: `__Host-muster=${asker.user.sessionToken}` }),
  };
  try {
    await act(clientsOf(replicas[turn % 2]!, headers), asker);
    return undefined;
  } catch (error) {
    return ConnectError.from(error);
  }
}

const joinToken = () => mintToken('join').secret.reveal();
const refreshToken = () => mintToken('hrt').secret.reveal();
let addresses = 0;
const somewhere = () => `198.51.100.${(addresses += 1)}`;
let people = 0;
const admin = () => plane.makeUser(`limited-${(people += 1)}`, { platformAdmin: true });

/** Who runs into the limit, and who must not be kept out by it. */
const pairs: Record<string, () => Promise<{ busy: Asker; others: Asker[] }>> = {
  address: async () => ({ busy: { address: somewhere() }, others: [{ address: somewhere() }] }),
  user: async () => {
    const [address, user] = [somewhere(), await admin()];
    return { busy: { address, user }, others: [{ address, user: await admin() }] };
  },
  mailbox: async () => {
    const [address, mailbox] = [somewhere(), 'ada@example.org'];
    return { busy: { address, with: mailbox }, others: [{ address: somewhere(), with: mailbox }] };
  },
  join: async () => {
    const [address, token] = [somewhere(), joinToken()];
    const others = [
      { address: somewhere(), with: token },
      { address, with: joinToken() },
    ];
    return { busy: { address, with: token }, others };
  },
  refresh: async () => {
    const [address, token] = [somewhere(), refreshToken()];
    const others = [
      { address: somewhere(), with: token },
      { address, with: refreshToken() },
    ];
    return { busy: { address, with: token }, others };
  },
};

test.each([
  ['signing up', 'address'],
  ['signing in on a command line', 'address'],
  ['asking for a reset', 'mailbox'],
  ['resetting', 'address'],
  ['making join tokens', 'user'],
  ['making keys', 'user'],
  ['making user tokens', 'user'],
  ['inviting one address', 'user'],
  ['joining', 'join'],
  ['refreshing', 'refresh'],
  ['searching for people', 'user'],
])('%s is limited over all replicas, says when to come back, and keeps nobody else out', async (what, whose) => {
  const act = acts[what]!;
  const { busy, others } = await pairs[whose]!();
  for (let turn = 0; turn < most; turn += 1) expect(await asks(act, busy, turn)).toBeUndefined();
  for (const turn of [0, 1]) {
    const refused = await asks(act, busy, turn);
    expect(refused?.code).toBe(Code.ResourceExhausted);
    const seconds = Number(refused?.metadata.get('retry-after'));
    expect(seconds).toBeGreaterThan(3_000);
    expect(seconds).toBeLessThanOrEqual(3_660);
  }
  for (const other of others) expect(await asks(act, other, 0)).toBeUndefined();
});
