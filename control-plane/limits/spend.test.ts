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

const [mostOfAccount, mostOfAddress] = [3, 8];
const limited = {
  account: ['sign_up', 'request_reset', 'reset', 'mint', 'invite', 'join', 'refresh', 'user_search'],
  address: ['sign_up', 'device_login', 'request_reset', 'reset', 'mint', 'join', 'refresh', 'user_search'],
};
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
      MUSTER_LIMITS: [
        ...limited.account.map((name) => `${name}.account=${mostOfAccount}/1h`),
        ...limited.address.map((name) => `${name}.address=${mostOfAddress}/1h`),
      ].join(),
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
  'signing up': ({ auth }, asker) => auth.signUp({ name: 'X', email: asker.with!, password }).catch(unlessLimited),
  'signing in on a command line': ({ auth }) => first(auth.startDeviceLogin({ deviceName: 'x' })),
  'asking for a reset': ({ auth }, asker) => auth.requestPasswordReset({ email: asker.with! }),
  resetting: ({ auth }, asker) =>
    auth.resetPassword({ token: asker.with!, newPassword: password }).catch(unlessLimited),
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

/** What is asked with, each time another. */
const fresh: Record<string, () => Promise<Omit<Asker, 'address'>>> = {
  nothing: async () => ({}),
  mailbox: async () => ({ with: `${randomUUID()}@example.org` }),
  join: async () => ({ with: mintToken('join').secret.reveal() }),
  refresh: async () => ({ with: mintToken('hrt').secret.reveal() }),
  reset: async () => ({ with: mintToken('pwr').secret.reveal() }),
  user: async () => ({ user: await plane.makeUser(`limited-${(people += 1)}`, { platformAdmin: true }) }),
};
let people = 0;
let addresses = 0;
const somewhere = () => `198.51.100.${(addresses += 1)}`;

async function expectRefused(act: Act, asker: Asker): Promise<void> {
  for (const turn of [0, 1]) {
    const refused = await asks(act, asker, turn);
    expect(refused?.code).toBe(Code.ResourceExhausted);
    const seconds = Number(refused?.metadata.get('retry-after'));
    expect(seconds).toBeGreaterThan(3_000);
    expect(seconds).toBeLessThanOrEqual(3_660);
  }
}

const limits = [
  ['signing up', 'mailbox'],
  ['asking for a reset', 'mailbox'],
  ['resetting', 'reset'],
  ['making join tokens', 'user'],
  ['making keys', 'user'],
  ['making user tokens', 'user'],
  ['inviting one address', 'user'],
  ['joining', 'join'],
  ['refreshing', 'refresh'],
  ['searching for people', 'user'],
] as const;

test.each(limits)(
  '%s is limited over all replicas, says when to come back, and keeps nobody else out',
  async (what, whose) => {
    const act = acts[what]!;
    const [address, account] = [somewhere(), await fresh[whose]!()];
    for (let turn = 0; turn < mostOfAccount; turn += 1)
      expect(await asks(act, { address, ...account }, turn)).toBeUndefined();
    await expectRefused(act, { address, ...account });
    // Somebody else behind the same address; and, where the account is one as seen from a network, the same from another.
    const others = [{ address, ...(await fresh[whose]!()) }];
    if (whose !== 'user') others.push({ address: somewhere(), ...account });
    for (const other of others) expect(await asks(act, other, 0)).toBeUndefined();
  },
);

test.each([
  ['signing up', 'mailbox'],
  ['signing in on a command line', 'nothing'],
  ['asking for a reset', 'mailbox'],
  ['resetting', 'reset'],
  ['making keys', 'user'],
  ['joining', 'join'],
  ['refreshing', 'refresh'],
  ['searching for people', 'user'],
] as const)('%s is limited for one address, whoever asks there, and for no other', async (what, whose) => {
  const act = acts[what]!;
  const address = somewhere();
  // Accounts that nobody uses up: each asks as often as it may at most.
  const accounts = await Promise.all(Array.from({ length: 4 }, () => fresh[whose]!()));
  const asker = (turn: number): Asker => ({ address, ...accounts[turn % accounts.length] });
  for (let turn = 0; turn < mostOfAddress; turn += 1) expect(await asks(act, asker(turn), turn)).toBeUndefined();
  await expectRefused(act, asker(0));
  expect(await asks(act, { ...asker(1), address: somewhere() }, 0)).toBeUndefined();
});
