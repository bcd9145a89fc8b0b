import { Code, ConnectError } from '@connectrpc/connect';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { HostStatus } from '#proto/muster/v1/host_pb.js';
import { ErrorInfoSchema } from '#proto/muster/v1/errors_pb.js';
import { enrolmentStatement, verifyStatement } from '#contract/statements.ts';
import { mintToken } from '#contract/token.ts';
import { startTestControlPlane, type TestControlPlane } from '../../testing/index.ts';
import { cleanSpecs } from '../specs.ts';
import { AgentKeys } from '../testing/agent-keys.ts';
import { joinHost } from './join.ts';

let plane: TestControlPlane;
beforeAll(async () => void (plane = await startTestControlPlane()));
afterAll(() => plane?.stop());

const installation = () => plane.services.installation;
const newKeys = () => new AgentKeys(installation().id);
const proposalFor = (token: string) => {
  const { specs, ...proposal } = newKeys().join(token);
  return { ...proposal, specs: cleanSpecs(specs) };
};
const hosts = () => plane.admin.clients.hosts;

async function newToken(name: string): Promise<{ hostId: string; token: string }> {
  const { host, joinToken } = await hosts().createHost({ name });
  return { hostId: host!.id, token: joinToken!.token };
}

async function refusalOf(call: Promise<unknown>): Promise<unknown> {
  const error = ConnectError.from(
    await call.then(
      () => undefined,
      (thrown: unknown) => thrown,
    ),
  );
  const [info] = error.findDetails(ErrorInfoSchema);
  return { code: error.code, message: error.rawMessage, reason: info?.reason, field: info?.field, help: info?.help };
}

const auditOf = (target: string) => plane.context.sql<{ action: string; outcome: string }[]>`
  select action, outcome from audit_events where target = ${target} order by id
`;

test('a join consumes the token and answers a signed enrolment; the host is online', async () => {
  const { hostId, token } = await newToken('joined');
  const keys = newKeys();
  const answer = await plane.anonymous.enrolment.joinHost(keys.join(token));
  const { enrolmentId, signature } = answer;
  expect(answer).toMatchObject({ hostId, hostName: 'joined', installationId: installation().id });
  expect(
    verifyStatement(
      enrolmentStatement({ installationId: installation().id, hostId, enrolmentId, publicKey: keys.publicKey }),
      signature,
      installation().publicKey,
    ),
  ).toBe(true);
  const { host } = await hosts().getHost({ hostId });
  expect(host).toMatchObject({ status: HostStatus.ONLINE, connected: false });
  expect(host?.joinTokenExpiresAt).toBeUndefined();
  expect(host?.specs).toMatchObject({ cpus: 4, memoryMib: 8192n, templates: ['base'] });
  expect(await auditOf(hostId)).toEqual([
    { action: 'host.create', outcome: 'done' },
    { action: 'host.join', outcome: 'done' },
  ]);
});

test('the same token, key and hash again is the same enrolment, because the answer was lost', async () => {
  const { token } = await newToken('repeated');
  const proposal = newKeys().join(token);
  const first = await plane.anonymous.enrolment.joinHost(proposal);
  const second = await plane.anonymous.enrolment.joinHost(proposal);
  expect(second.enrolmentId).toBe(first.enrolmentId);
  const [{ families } = { families: 0 }] = await plane.context.sql<
    { families: number }[]
  >`select count(*)::int as families from host_families where host_id = ${first.hostId}`;
  expect(families).toBe(1);
});

test('a used token with another key is refused, and the audit log says that it was seen twice', async () => {
  const { hostId, token } = await newToken('seen-twice');
  await plane.anonymous.enrolment.joinHost(newKeys().join(token));
  await expect(plane.anonymous.enrolment.joinHost(newKeys().join(token))).rejects.toMatchObject({
    code: Code.Unauthenticated,
  });
  expect(await auditOf(hostId)).toContainEqual({ action: 'host.join', outcome: 'denied' });
});

test('every wrong token has one answer, and burns nothing', async () => {
  const { hostId, token } = await newToken('wrong-tokens');
  const older = token;
  const { joinToken } = await hosts().createJoinToken({ hostId });
  const expired = await newToken('expired');
  await plane.context.sql`update join_tokens set expires_at = now() where host_id = ${expired.hostId}`;
  const used = await newToken('used');
  await plane.anonymous.enrolment.joinHost(newKeys().join(used.token));
  const deleted = await newToken('deleted');
  await hosts().deleteHost({ hostId: deleted.hostId });

  const right = newKeys().join(joinToken!.token);
  const wrong = {
    malformed: newKeys().join('no token at all'),
    mistyped: newKeys().join(`${joinToken!.token.slice(0, -1)}${joinToken!.token.endsWith('0') ? '1' : '0'}`),
    unknown: newKeys().join(mintToken('join').secret.reveal()),
    'another kind': newKeys().join(mintToken('hrt').secret.reveal()),
    revoked: newKeys().join(older),
    expired: newKeys().join(expired.token),
    used: newKeys().join(used.token),
    'of a deleted host': newKeys().join(deleted.token),
    'without proof of the key': { ...right, publicKey: newKeys().publicKey },
    'for another first token': { ...right, refreshTokenHash: mintToken('hrt').hash },
  };
  const answers = new Map<string, unknown>();
  for (const [name, proposal] of Object.entries(wrong))
    answers.set(name, await refusalOf(plane.anonymous.enrolment.joinHost(proposal)));
  const [first] = answers.values();
  expect(first).toMatchObject({ code: Code.Unauthenticated });
  expect(Object.fromEntries(answers)).toEqual(Object.fromEntries([...answers.keys()].map((name) => [name, first])));

  expect((await plane.anonymous.enrolment.joinHost(right)).hostId).toBe(hostId);
});

test('of 200 racers with one token one wins, and its family is the only one', async () => {
  const { hostId, token } = await newToken('raced');
  const outcomes = await Promise.allSettled(
    Array.from({ length: 200 }, () => joinHost(plane.context, proposalFor(token))),
  );
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  const [counts] = await plane.context.sql<{ families: number; tokens: number }[]>`
    select count(distinct family.id)::int as families, count(*)::int as tokens
    from host_families family join host_refresh_tokens token on token.family_id = family.id where family.host_id = ${hostId}
  `;
  expect(counts).toEqual({ families: 1, tokens: 1 });
});

test('of 50 repeats of one proposal at once all get the same enrolment', async () => {
  const { token } = await newToken('repeated-at-once');
  const proposal = proposalFor(token);
  const answers = await Promise.all(Array.from({ length: 50 }, () => joinHost(plane.context, proposal)));
  expect(new Set(answers.map(({ enrolmentId }) => enrolmentId)).size).toBe(1);
});

test('a host that joins anew keeps its id; its old credentials end when the new token is consumed, not when it is minted', async () => {
  const { hostId, token } = await newToken('anew');
  const before = newKeys();
  const { accessToken } = await plane.anonymous.enrolment.joinHost(before.join(token));
  const beat = () =>
    plane.anonymous.enrolment.heartbeat(
      { bootId: 'b', instanceId: 'i', sequence: BigInt(Date.now()) },
      { headers: { authorization: `Bearer ${accessToken}` } },
    );
  const { joinToken } = await hosts().createJoinToken({ hostId });
  await beat();
  const after = await plane.anonymous.enrolment.joinHost(newKeys().join(joinToken!.token));
  expect(after.hostId).toBe(hostId);
  await expect(beat()).rejects.toMatchObject({ code: Code.Unauthenticated });
  await expect(
    plane.anonymous.enrolment.refreshCredentials(before.refresh(before.first, mintToken('hrt'))),
  ).rejects.toMatchObject({ code: Code.Unauthenticated });
});

test('an id of a refresh token that somebody else has is refused without burning the token', async () => {
  const one = await newToken('id-one');
  const keys = newKeys();
  await plane.anonymous.enrolment.joinHost(keys.join(one.token));
  const two = await newToken('id-two');
  const proposal = newKeys().join(two.token);
  await expect(
    plane.anonymous.enrolment.joinHost({ ...proposal, refreshTokenId: keys.first.id }),
  ).rejects.toMatchObject({ code: Code.Unauthenticated });
  expect((await plane.anonymous.enrolment.joinHost(proposal)).hostId).toBe(two.hostId);
});
