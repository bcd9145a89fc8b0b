import { Code, ConnectError } from '@connectrpc/connect';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { QuarantineAccessSchema, RefusalKind, SignedRefusalSchema } from '#proto/muster/agent/v1/enrolment_pb.js';
import { ErrorInfoSchema, Reason } from '#proto/muster/v1/errors_pb.js';
import { leaveStatement, refusalStatement, signStatement, verifyStatement } from '#contract/statements.ts';
import { mintToken, type Token } from '#contract/token.ts';
import { startTestControlPlane, type TestControlPlane } from '../../testing/index.ts';
import { AgentKeys } from '../testing/agent-keys.ts';

let plane: TestControlPlane;
beforeAll(async () => void (plane = await startTestControlPlane()));
afterAll(() => plane?.stop());

let number = 0;

/** A host that has joined, and what its agent could do with its tokens. */
async function joined() {
  number += 1;
  const { joinToken } = await plane.admin.clients.hosts.createHost({ name: `rotating-${number}` });
  const keys = new AgentKeys(plane.services.installation.id);
  const proposal = keys.join(joinToken!.token);
  const { hostId, enrolmentId, accessToken } = await plane.anonymous.enrolment.joinHost(proposal);
  let sequence = 0n;
  return {
    hostId,
    enrolmentId,
    keys,
    proposal,
    first: keys.first,
    accessToken,
    propose: async (current: Token, next: Token) =>
      (await plane.anonymous.enrolment.refreshCredentials(keys.refresh(current, next))).accessToken,
    beat: (token: string) =>
      plane.anonymous.enrolment.heartbeat(
        { bootId: 'boot', instanceId: 'instance', sequence: sequence++ },
        { headers: { authorization: `Bearer ${token}` } },
      ),
    leave: (token: string, key = keys.key) => {
      const statement = leaveStatement({
        installationId: plane.services.installation.id,
        hostId,
        enrolmentId,
        force: true,
      });
      return plane.anonymous.enrolment.leaveHost(
        { force: true, signature: signStatement(statement, key) },
        { headers: { authorization: `Bearer ${token}` } },
      );
    },
    states: async () => {
      const rows = await plane.context.sql<{ state: string }[]>`
        select token.state from host_refresh_tokens token join host_families family on family.id = token.family_id
        where family.host_id = ${hostId} order by token.generation
      `;
      return rows.map(({ state }) => state);
    },
    host: async () => (await plane.admin.clients.hosts.getHost({ hostId })).host!,
  };
}

async function failure(call: Promise<unknown>) {
  const error = ConnectError.from(
    await call.then(
      () => undefined,
      (thrown: unknown) => thrown,
    ),
  );
  const [info] = error.findDetails(ErrorInfoSchema);
  const [refusal] = error.findDetails(SignedRefusalSchema);
  const [access] = error.findDetails(QuarantineAccessSchema);
  const genuine =
    refusal && verifyStatement(refusalStatement(refusal), refusal.signature, plane.services.installation.publicKey);
  return {
    code: error.code,
    reason: info?.reason,
    kind: refusal?.kind,
    hostId: refusal?.hostId,
    enrolmentId: refusal?.enrolmentId,
    nonce: refusal?.nonce,
    genuine,
    access: access?.accessToken,
  };
}

test('a rotation is confirmed by the next call under its access token', async () => {
  const host = await joined();
  const second = mintToken('hrt');
  const access = await host.propose(host.first, second);
  expect(await host.states()).toEqual(['current', 'pending']);
  await host.beat(access);
  expect(await host.states()).toEqual(['spent', 'current']);
});

test('a rotation is confirmed by the first use of the new token, where no call came before', async () => {
  const host = await joined();
  const [second, third] = [mintToken('hrt'), mintToken('hrt')];
  await host.propose(host.first, second);
  await host.propose(second, third);
  expect(await host.states()).toEqual(['spent', 'current', 'pending']);
});

test('a lost answer costs nothing: the same proposal again is answered and changes nothing', async () => {
  const host = await joined();
  const second = mintToken('hrt');
  await host.propose(host.first, second);
  await host.propose(host.first, second);
  expect(await host.states()).toEqual(['current', 'pending']);
});

test('the old access token goes on while a rotation waits, and confirms nothing', async () => {
  const host = await joined();
  await host.propose(host.first, mintToken('hrt'));
  await host.beat(host.accessToken);
  expect(await host.states()).toEqual(['current', 'pending']);
});

test('a repeat of the join after a rotation is answered, and resets and confirms nothing', async () => {
  const host = await joined();
  const [second, third] = [mintToken('hrt'), mintToken('hrt')];
  await host.beat(await host.propose(host.first, second));
  await host.propose(second, third);
  const again = await plane.anonymous.enrolment.joinHost(host.proposal);
  expect(again.enrolmentId).toBe(host.enrolmentId);
  expect((await host.beat(again.accessToken)).refreshNow).toBe(true);
  expect(await host.states()).toEqual(['spent', 'current', 'pending']);
});

test('another proposal supersedes one that waits, and the access token of the superseded one confirms nothing', async () => {
  const host = await joined();
  const superseded = await host.propose(host.first, mintToken('hrt'));
  const second = mintToken('hrt');
  const access = await host.propose(host.first, second);
  await host.beat(superseded);
  expect(await host.states()).toEqual(['current', 'spent', 'pending']);
  await host.beat(access);
  expect(await host.states()).toEqual(['spent', 'spent', 'current']);
  expect((await host.host()).identity).toMatchObject({ rotations: 1 });
});

test('who goes on with a proposal that another one superseded is a copy, or has one: quarantined, not revoked', async () => {
  const host = await joined();
  // Two machines start from one copied disk at the same time.
  const [second, copied] = [mintToken('hrt'), mintToken('hrt')];
  await host.beat(await host.propose(host.first, second));
  const [third, other] = [mintToken('hrt'), mintToken('hrt')];
  await host.beat(await host.propose(second, third));
  await host.propose(third, copied);
  const access = await host.propose(third, other);
  expect(await failure(host.propose(copied, mintToken('hrt')))).toMatchObject({
    kind: RefusalKind.QUARANTINED,
    genuine: true,
    access: expect.any(String),
  });
  expect(await host.host()).toMatchObject({
    quarantined: true,
    quarantineReason: expect.stringContaining('Two agents'),
  });
  await host.beat(access);
});

test('a delayed duplicate of a rotation that was confirmed is told so, and locks nothing', async () => {
  const host = await joined();
  const second = mintToken('hrt');
  await host.beat(await host.propose(host.first, second));
  expect(await failure(host.propose(host.first, second))).toMatchObject({
    code: Code.FailedPrecondition,
    reason: Reason.ALREADY_ROTATED,
  });
  expect((await host.host()).quarantined).toBe(false);
  await host.propose(second, mintToken('hrt'));
});

test('an access token of an older generation is asked to refresh', async () => {
  const host = await joined();
  await host.beat(await host.propose(host.first, mintToken('hrt')));
  expect((await host.beat(host.accessToken)).refreshNow).toBe(true);
});

test('a spent token with another proposal is a theft: the family is locked, the host quarantined, and it may still send heartbeats', async () => {
  const host = await joined();
  const second = mintToken('hrt');
  const access = await host.propose(host.first, second);
  await host.beat(access);
  const stolen = host.keys.refresh(host.first, mintToken('hrt'));
  expect(await failure(plane.anonymous.enrolment.refreshCredentials(stolen))).toEqual({
    code: Code.Unauthenticated,
    reason: Reason.QUARANTINED,
    kind: RefusalKind.QUARANTINED,
    hostId: host.hostId,
    enrolmentId: host.enrolmentId,
    nonce: new Uint8Array(stolen.nonce),
    genuine: true,
    access: expect.any(String),
  });
  expect(await failure(host.propose(second, mintToken('hrt')))).toMatchObject({
    kind: RefusalKind.QUARANTINED,
    genuine: true,
  });
  expect((await host.host()).quarantined).toBe(true);
  await host.beat(access);
  const denied = await plane.context
    .sql`select from audit_events where target = ${host.hostId} and action = 'host.quarantine' and outcome = 'denied'`;
  expect(denied).toHaveLength(1);
});

test('what a quarantined host gets lets it report, rotates nothing, deletes nothing, and ends with the quarantine', async () => {
  const host = await joined();
  const second = mintToken('hrt');
  await host.beat(await host.propose(host.first, second));
  const thief = await failure(host.propose(host.first, mintToken('hrt')));
  const { access } = await failure(host.propose(second, mintToken('hrt')));
  for (const token of [thief.access!, access!]) {
    expect((await host.beat(token)).refreshNow).toBe(false);
    expect(await failure(host.leave(token))).toMatchObject({
      reason: Reason.QUARANTINED,
      kind: RefusalKind.QUARANTINED,
      genuine: true,
      access: undefined,
    });
  }
  expect(await host.states()).toEqual(['spent', 'current']);
  // Without the key there is nothing, quarantined or not.
  const keyless = host.keys.refresh(second, mintToken('hrt'), new AgentKeys('').key);
  expect(await failure(plane.anonymous.enrolment.refreshCredentials(keyless))).toMatchObject({
    kind: RefusalKind.CREDENTIALS_REVOKED,
    access: undefined,
  });
  await plane.admin.clients.hosts.unlockHost({ hostId: host.hostId, reason: 'the copy was shut down' });
  for (const token of [thief.access!, access!])
    expect(await failure(host.beat(token))).toMatchObject({ reason: Reason.REFRESH_REQUIRED });
  await host.beat(await host.propose(second, mintToken('hrt')));
});

test('a stolen access token deletes nothing: leaving takes the host key', async () => {
  const host = await joined();
  expect(await failure(host.leave(host.accessToken, new AgentKeys('').key))).toMatchObject({
    code: Code.Unauthenticated,
    reason: Reason.REFRESH_REQUIRED,
  });
  await host.beat(host.accessToken);
  await host.leave(host.accessToken);
  expect(await failure(host.leave(host.accessToken))).toMatchObject({ kind: RefusalKind.HOST_DELETED, genuine: true });
});

test('without the host key a refresh token is worth nothing, and nothing is learnt from it', async () => {
  const host = await joined();
  const other = new AgentKeys(plane.services.installation.id);
  const unknown = await failure(
    plane.anonymous.enrolment.refreshCredentials(host.keys.refresh(mintToken('hrt'), mintToken('hrt'))),
  );
  const keyless = await failure(
    plane.anonymous.enrolment.refreshCredentials(host.keys.refresh(host.first, mintToken('hrt'), other.key)),
  );
  const expected = {
    code: Code.Unauthenticated,
    reason: Reason.UNAUTHENTICATED,
    kind: RefusalKind.CREDENTIALS_REVOKED,
    hostId: '',
    enrolmentId: '',
    genuine: true,
  };
  expect(unknown).toMatchObject(expected);
  expect(keyless).toMatchObject(expected);
  expect(await host.states()).toEqual(['current']);
});

test('an expired refresh token is refused in words that the agent may act on', async () => {
  const host = await joined();
  await plane.context.sql`update host_refresh_tokens set expires_at = now() where id = ${host.first.id}`;
  expect(await failure(host.propose(host.first, mintToken('hrt')))).toMatchObject({
    kind: RefusalKind.CREDENTIALS_REVOKED,
    hostId: host.hostId,
    genuine: true,
  });
});

test('a deleted host is told so, signed, by heartbeats and by refreshes', async () => {
  const host = await joined();
  await plane.admin.clients.hosts.deleteHost({ hostId: host.hostId });
  const told = {
    code: Code.FailedPrecondition,
    reason: Reason.HOST_DELETED,
    kind: RefusalKind.HOST_DELETED,
    hostId: host.hostId,
    enrolmentId: host.enrolmentId,
    genuine: true,
  };
  expect(await failure(host.beat(host.accessToken))).toMatchObject(told);
  expect(await failure(host.propose(host.first, mintToken('hrt')))).toMatchObject(told);
});

test('40 proposals of one token at once leave one current and one pending', async () => {
  const host = await joined();
  await Promise.all(Array.from({ length: 40 }, () => host.propose(host.first, mintToken('hrt'))));
  const states = await host.states();
  expect(states.filter((state) => state !== 'spent')).toEqual(['current', 'pending']);
  // No more of the superseded ones are remembered than anybody needs.
  expect(states).toHaveLength(22);
});

test('an id that another token has is refused, and the field is named', async () => {
  const host = await joined();
  const next = mintToken('hrt');
  const proposal = { ...host.keys.refresh(host.first, next), nextTokenId: host.first.id };
  await expect(plane.anonymous.enrolment.refreshCredentials(proposal)).rejects.toMatchObject({
    code: Code.InvalidArgument,
  });
  await host.propose(host.first, next);
});
