import { Code, createClient } from '@connectrpc/connect';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { KeyRole } from '#proto/muster/v1/api_key_pb.js';
import { CallerKind, TeamRole } from '#proto/muster/v1/auth_pb.js';
import {
  ApprovalOperation,
  ApprovalState,
  CredentialState,
  IdentityEnvironment,
  IdentityScope,
  IdentityService,
  IdentityState,
} from '#proto/muster/v1/identity_pb.js';
import {
  clientsWithToken,
  codeOf,
  failureOf,
  startTestControlPlane,
  type TestControlPlane,
  type TestUser,
} from '../testing/index.ts';

let controlPlane: TestControlPlane;
/** Owns the team; Second is another owner, Helper an admin of it, Worker a member. */
let owner: TestUser;
let second: TestUser;
let helper: TestUser;
let worker: TestUser;
let secondUrl: string;
beforeAll(async () => {
  controlPlane = await startTestControlPlane();
  secondUrl = (await controlPlane.startReplica()).url;
  owner = controlPlane.other;
  second = await controlPlane.makeUser('Second');
  helper = await controlPlane.makeUser('Helper');
  worker = await controlPlane.makeUser('Worker');
  await join(second, 'owner');
  await join(helper, 'admin');
  await join(worker, 'member');
});
afterAll(() => controlPlane.stop());

const join = (user: TestUser, role: string, teamId = owner.teamId) => controlPlane.services.pool`
  insert into team_members (team_id, user_id, role) values (${teamId}, ${user.id}, ${role}::team_role)`;
const identitiesOf = (user: TestUser) => createClient(IdentityService, user.clients.transport);
const asMachine = (secret: string, url = controlPlane.url) => clientsWithToken(url, secret);

let count = 0;
const request = (more: object = {}) => {
  count += 1;
  return {
    teamId: owner.teamId,
    name: `robot-${count}`,
    environment: IdentityEnvironment.STAGING,
    role: KeyRole.OPERATOR,
    scopes: [IdentityScope.SANDBOX_READ, IdentityScope.SANDBOX_MANAGE],
    ...more,
  };
};
const make = async (user: TestUser, more: object = {}) => {
  const { identity, credential, secret } = await identitiesOf(user).createIdentity(request(more));
  return { id: identity!.id, identity: identity!, credential: credential!, secret };
};
const production = { environment: IdentityEnvironment.PRODUCTION };

test('an identity works with its first credential, within its scopes, and carries its name', async () => {
  const { id, identity, credential, secret } = await make(owner);
  expect(secret).toMatch(/^mst_mid_\w{12}_\w{49}$/);
  expect(identity).toMatchObject({ state: IdentityState.ACTIVE, maker: `user:${owner.id}`, makerName: 'Grace' });
  expect(credential.expiresAt!.seconds - credential.createdAt!.seconds).toBe(90n * 86_400n);
  const machine = asMachine(secret);
  expect((await machine.auth.getCaller({})).caller).toMatchObject({
    kind: CallerKind.MACHINE_IDENTITY,
    keyId: id,
    name: identity.name,
    activeTeamId: owner.teamId,
    scopes: [IdentityScope.SANDBOX_MANAGE, IdentityScope.SANDBOX_READ],
  });
  await machine.sandboxes.listSandboxes({});
  // The scopes hold no `sandbox:run`, no `fleet:read`, no `workspace:read`.
  expect(await codeOf(machine.hosts.listHosts({}))).toBe(Code.PermissionDenied);
  expect(await codeOf(machine.teams.listMembers({ teamId: owner.teamId }))).toBe(Code.PermissionDenied);
  expect(await codeOf(machine.sandboxes.listSandboxes({ teamId: controlPlane.admin.teamId }))).toBe(Code.NotFound);
  expect(await codeOf(machine.sandboxes.createSandbox({}))).toBe(Code.ResourceExhausted);
  expect(JSON.stringify(controlPlane.log)).not.toContain(secret);
});

test('owners and admins manage identities; members and keys do not', async () => {
  const { id } = await make(helper);
  expect(await codeOf(make(worker))).toBe(Code.PermissionDenied);
  expect(await codeOf(identitiesOf(worker).listIdentities({ teamId: owner.teamId }))).toBe(Code.PermissionDenied);
  expect(await codeOf(identitiesOf(controlPlane.admin).createIdentity(request()))).toBe(Code.PermissionDenied);
  await identitiesOf(controlPlane.admin).pauseIdentity({ identityId: id });
  const { secret } = await make(owner);
  for (const call of [
    () => identitiesOf(worker).pauseIdentity({ identityId: id }),
    () => identitiesOf(controlPlane.admin).rotateCredential({ identityId: id }),
    () => createClient(IdentityService, asMachine(secret).transport).resumeIdentity({ identityId: id }),
  ])
    expect((await failureOf(call())).rawMessage).toMatch(
      /^This needs workspace:manage, which the team's owners and admins/,
    );
  const stranger = await controlPlane.makeUser('Stranger');
  expect(await codeOf(identitiesOf(stranger).getIdentity({ identityId: id }))).toBe(Code.NotFound);
});

test('a name is taken once in a team, also when many ask at once, and free again after the end', async () => {
  const name = 'the-one';
  const codes = await Promise.all(Array.from({ length: 5 }, () => codeOf(make(owner, { name }))));
  expect(codes.filter((code) => code === undefined).length).toBe(1);
  expect(codes.filter((code) => code === Code.AlreadyExists).length).toBe(4);
  const { identities } = await identitiesOf(owner).listIdentities({ teamId: owner.teamId });
  await identitiesOf(owner).revokeIdentity({ identityId: identities.find((one) => one.name === name)!.id });
  await make(owner, { name });
});

test('a paused identity is over at the next request on another replica until it is resumed; a revoked one for good', async () => {
  const { id, secret } = await make(owner);
  const machine = asMachine(secret, secondUrl);
  const mine = identitiesOf(owner);
  const state = async () => (await mine.getIdentity({ identityId: id })).identity?.state;
  await mine.pauseIdentity({ identityId: id });
  expect(await codeOf(machine.auth.getCaller({}))).toBe(Code.Unauthenticated);
  await mine.pauseIdentity({ identityId: id });
  expect(await state()).toBe(IdentityState.PAUSED);
  await mine.resumeIdentity({ identityId: id });
  await machine.auth.getCaller({});
  await mine.revokeIdentity({ identityId: id });
  expect(await codeOf(machine.auth.getCaller({}))).toBe(Code.Unauthenticated);
  await mine.revokeIdentity({ identityId: id });
  expect(await codeOf(mine.resumeIdentity({ identityId: id }))).toBe(Code.FailedPrecondition);
  expect(await codeOf(mine.createCredential({ identityId: id }))).toBe(Code.FailedPrecondition);
  const { credentials, events } = await mine.getIdentity({ identityId: id });
  expect(credentials.map((one) => one.state)).toEqual([CredentialState.REVOKED]);
  expect(events.map(({ action }) => action)).toEqual([
    'identity.revoke',
    'identity.resume',
    'identity.pause',
    'identity.create',
  ]);
});

test('credentials rotate one by one, with an overlap', async () => {
  const { id, secret, credential } = await make(owner);
  const mine = identitiesOf(owner);
  const rotated = await mine.rotateCredential({ identityId: id, overlap: { seconds: 60n } });
  expect(rotated.replaced).toMatchObject({ id: credential.id, state: CredentialState.RETIRING });
  for (const valid of [secret, rotated.secret]) await asMachine(valid).auth.getCaller({});
  const { pool } = controlPlane.services;
  await pool`update credentials set expires_at = now() where id = ${credential.id}`;
  expect(await codeOf(asMachine(secret).auth.getCaller({}))).toBe(Code.Unauthenticated);
  const more = await mine.createCredential({ identityId: id });
  expect(await codeOf(mine.rotateCredential({ identityId: id }))).toBe(Code.InvalidArgument);
  await mine.rotateCredential({ identityId: id, credentialId: more.credential!.id });
  expect(await codeOf(asMachine(more.secret).auth.getCaller({}))).toBe(Code.Unauthenticated);
  await asMachine(rotated.secret).auth.getCaller({});
  const shown = await mine.getIdentity({ identityId: id });
  expect(shown.credentials.map((one) => one.state)).toEqual([
    CredentialState.ACTIVE,
    CredentialState.REVOKED,
    CredentialState.ACTIVE,
    CredentialState.EXPIRED,
  ]);
});

test('an identity stops with its maker, and goes on under who resumes it', async () => {
  const maker = await controlPlane.makeUser('Maker');
  await join(maker, 'admin');
  const { id, secret } = await make(maker);
  const removed = await owner.clients.teams.removeMember({ teamId: owner.teamId, userId: maker.id });
  expect(removed.stoppedKeys).toBe(1);
  expect(await codeOf(asMachine(secret).auth.getCaller({}))).toBe(Code.Unauthenticated);
  const mine = identitiesOf(owner);
  expect((await mine.getIdentity({ identityId: id })).identity?.orphaned).toBe(true);
  const { identity } = await mine.resumeIdentity({ identityId: id });
  expect(identity).toMatchObject({ orphaned: false, maker: `user:${owner.id}` });
  await asMachine(secret).auth.getCaller({});
});

test('a production identity waits for another owner, who approves exactly that request once', async () => {
  const wanted = request(production);
  const asked = await identitiesOf(owner).createIdentity(wanted);
  expect([asked.identity, asked.secret]).toEqual([undefined, '']);
  expect(asked.approval).toMatchObject({
    state: ApprovalState.PENDING,
    operation: ApprovalOperation.CREATE,
    requestedBy: `user:${owner.id}`,
    requestedByName: 'Grace',
  });
  const approvalId = asked.approval!.id;
  // Asking again is the same request.
  expect((await identitiesOf(owner).createIdentity(wanted)).approval?.id).toBe(approvalId);
  for (const [who, code] of [
    [owner, Code.PermissionDenied],
    [helper, Code.PermissionDenied],
    [worker, Code.PermissionDenied],
    [controlPlane.admin, Code.PermissionDenied],
    [await controlPlane.makeUser('Nobody'), Code.NotFound],
  ] as const)
    expect([who.name, await codeOf(identitiesOf(who).approveRequest({ approvalId }))]).toEqual([who.name, code]);
  const { approval } = await identitiesOf(second).approveRequest({ approvalId });
  expect(approval).toMatchObject({ state: ApprovalState.APPROVED, decidedByName: 'Second' });
  // Neither somebody else's same request nor another one of the same person is approved.
  expect((await identitiesOf(second).createIdentity(wanted)).approval?.state).toBe(ApprovalState.PENDING);
  const wider = { ...wanted, scopes: [...wanted.scopes, IdentityScope.SANDBOX_RUN] };
  expect((await identitiesOf(owner).createIdentity(wider)).approval?.state).toBe(ApprovalState.PENDING);
  const { secret, identity } = await identitiesOf(owner).createIdentity(wanted);
  await asMachine(secret).auth.getCaller({});
  // Used up: the next one waits anew.
  const more = () => identitiesOf(owner).createCredential({ identityId: identity!.id });
  expect((await more()).approval?.state).toBe(ApprovalState.PENDING);
  const { approvals } = await identitiesOf(owner).listApprovals({ teamId: owner.teamId, includeDecided: true });
  expect(approvals.find(({ id }) => id === approvalId)?.state).toBe(ApprovalState.DONE);
});

test('pausing and revoking a production identity never wait; resuming and rotating do', async () => {
  const id = await makeProduction();
  const mine = identitiesOf(owner);
  expect((await mine.rotateCredential({ identityId: id })).approval?.operation).toBe(ApprovalOperation.ROTATE);
  expect((await mine.pauseIdentity({ identityId: id })).identity?.state).toBe(IdentityState.PAUSED);
  const resuming = await mine.resumeIdentity({ identityId: id });
  expect(resuming).toMatchObject({
    identity: { state: IdentityState.PAUSED },
    approval: { state: ApprovalState.PENDING, operation: ApprovalOperation.RESUME },
  });
  await identitiesOf(second).approveRequest({ approvalId: resuming.approval!.id });
  expect((await mine.resumeIdentity({ identityId: id })).identity?.state).toBe(IdentityState.ACTIVE);
  expect((await mine.revokeIdentity({ identityId: id })).identity?.state).toBe(IdentityState.REVOKED);
});

async function makeProduction(): Promise<string> {
  const wanted = request(production);
  const { approval } = await identitiesOf(owner).createIdentity(wanted);
  await identitiesOf(second).approveRequest({ approvalId: approval!.id });
  return (await identitiesOf(owner).createIdentity(wanted)).identity!.id;
}

test('of many who approve at once one does, and of many repeated calls one is carried out', async () => {
  const third = await controlPlane.makeUser('Third');
  await join(third, 'owner');
  const wanted = request(production);
  const { approval } = await identitiesOf(owner).createIdentity(wanted);
  const approvalId = approval!.id;
  const codes = await Promise.all(
    [second, third, second, third].map((who) => codeOf(identitiesOf(who).approveRequest({ approvalId }))),
  );
  expect(codes.filter((code) => code === undefined).length).toBe(1);
  expect(codes.filter((code) => code === Code.FailedPrecondition).length).toBe(3);
  const results = await Promise.allSettled(Array.from({ length: 4 }, () => identitiesOf(owner).createIdentity(wanted)));
  const made = results.filter((one) => one.status === 'fulfilled' && one.value.secret !== '');
  expect(made.length).toBe(1);
});

test('a request is over after 24 hours, an approved one too, and a rejected one at once', async () => {
  const { pool } = controlPlane.services;
  const wanted = request(production);
  const mine = identitiesOf(owner);
  const ask = async () => (await mine.createIdentity(wanted)).approval!;
  const first = await ask();
  expect(first.expiresAt!.seconds - first.requestedAt!.seconds).toBe(86_400n);
  await pool`update approvals set expires_at = now() where id = ${first.id}`;
  expect(await codeOf(identitiesOf(second).approveRequest({ approvalId: first.id }))).toBe(Code.FailedPrecondition);
  const next = await ask();
  expect(next.id).not.toBe(first.id);
  await identitiesOf(second).approveRequest({ approvalId: next.id });
  await pool`update approvals set expires_at = now() where id = ${next.id}`;
  const last = await ask();
  expect(last).toMatchObject({ state: ApprovalState.PENDING });
  await mine.rejectRequest({ approvalId: last.id });
  expect(await codeOf(identitiesOf(second).approveRequest({ approvalId: last.id }))).toBe(Code.FailedPrecondition);
});

test('where a team has one owner, a platform admin approves', async () => {
  const alone = await controlPlane.makeUser('Alone');
  const { approval } = await identitiesOf(alone).createIdentity(request({ ...production, teamId: alone.teamId }));
  const approvalId = approval!.id;
  expect(await codeOf(identitiesOf(alone).approveRequest({ approvalId }))).toBe(Code.PermissionDenied);
  const approved = await identitiesOf(controlPlane.admin).approveRequest({ approvalId });
  expect(approved.approval?.state).toBe(ApprovalState.APPROVED);
  // A platform admin, too, needs a second person for what is their own.
  const own = await identitiesOf(controlPlane.admin).createIdentity(
    request({ ...production, teamId: controlPlane.admin.teamId }),
  );
  expect(await codeOf(identitiesOf(controlPlane.admin).approveRequest({ approvalId: own.approval!.id }))).toBe(
    Code.PermissionDenied,
  );
});

test('an owner who is locked out is no second person: where they are the only other one, a platform admin approves', async () => {
  const [asker, locked] = [await controlPlane.makeUser('Asker'), await controlPlane.makeUser('Locked')];
  await join(locked, 'owner', asker.teamId);
  const wanted = request({ ...production, teamId: asker.teamId });
  const approvalId = (await identitiesOf(asker).createIdentity(wanted)).approval!.id;
  const byAdmin = () => codeOf(identitiesOf(controlPlane.admin).approveRequest({ approvalId }));
  expect(await byAdmin()).toBe(Code.PermissionDenied);
  await controlPlane.admin.clients.users.setUserActive({ userId: locked.id, active: false });
  expect(await byAdmin()).toBeUndefined();
});

test('one request id makes one identity: repeated, raced and after a lost answer; the secret is shown once', async () => {
  const wanted = request({ requestId: 'once' });
  const answers = await Promise.all(Array.from({ length: 5 }, () => identitiesOf(owner).createIdentity(wanted)));
  answers.push(await identitiesOf(owner).createIdentity(wanted));
  expect(new Set(answers.map(({ identity, credential }) => `${identity?.id} ${credential?.id}`)).size).toBe(1);
  expect(answers.filter(({ secret }) => secret !== '')).toHaveLength(1);
  // Of somebody else it is another request; and its name is taken.
  expect(await codeOf(identitiesOf(second).createIdentity(wanted))).toBe(Code.AlreadyExists);
  const guarded = request({ ...production, requestId: 'approved' });
  const { approval } = await identitiesOf(owner).createIdentity(guarded);
  await identitiesOf(second).approveRequest({ approvalId: approval!.id });
  const [made, again] = [
    await identitiesOf(owner).createIdentity(guarded),
    await identitiesOf(owner).createIdentity(guarded),
  ];
  expect([again.identity?.id, again.secret]).toEqual([made.identity!.id, '']);
});

test('one request id gives an identity one more credential: repeated, raced and after a lost answer', async () => {
  const [one, rival] = [await make(owner), await make(owner)];
  const add = (identityId: string, user = owner) =>
    identitiesOf(user).createCredential({ identityId, requestId: 'once' });
  const answers = await Promise.all(Array.from({ length: 5 }, () => add(one.id)));
  answers.push(await add(one.id));
  const [id, ...others] = new Set(answers.map(({ credential }) => credential!.id));
  expect(others).toEqual([]);
  const secrets = answers.flatMap(({ secret }) => (secret === '' ? [] : [secret]));
  expect(secrets).toEqual([expect.stringContaining(id!)]);
  await asMachine(secrets[0]!).auth.getCaller({});
  const { credentials } = await identitiesOf(owner).getIdentity({ identityId: one.id });
  expect(credentials.map((credential) => credential.id)).toEqual([id, one.credential.id]);
  // Of another identity, or of somebody else, it is another request.
  for (const more of [await add(rival.id), await add(one.id, second)])
    expect([more.credential!.id === id, more.secret === '']).toEqual([false, false]);
  // An approval is for one call, and a repeated call needs no second one.
  const guarded = await makeProduction();
  const { approval } = await add(guarded);
  await identitiesOf(second).approveRequest({ approvalId: approval!.id });
  const [made, again] = [await add(guarded), await add(guarded)];
  expect([again.credential?.id, again.secret, again.approval]).toEqual([made.credential!.id, '', undefined]);
});

test('answers say what their reader may do, and why not; a decision can be tried first', async () => {
  const alone = await controlPlane.makeUser('Single');
  const { admin } = controlPlane;
  const wanted = request({ ...production, teamId: alone.teamId });
  const { approval } = await identitiesOf(alone).createIdentity(wanted);
  const approvalId = approval!.id;
  const mayDo = async (user: TestUser, filter: object) => {
    const { approvals } = await identitiesOf(user).listApprovals(filter);
    const found = approvals.find(({ id }) => id === approvalId)!;
    return found.actions.filter(({ allowed }) => allowed).map(({ action }) => action);
  };
  expect(approval!.teamName).toBe("Single's team");
  expect(approval!.actions[0]!.reason).toMatch(/^You asked for this yourself/);
  expect(await mayDo(alone, { teamId: alone.teamId })).toEqual(['approval.reject']);
  expect(await mayDo(admin, { all: true })).toEqual(['approval.approve', 'approval.reject']);
  const tried = await identitiesOf(admin).approveRequest({ approvalId, dryRun: true });
  expect(tried.approval?.state).toBe(ApprovalState.APPROVED);
  expect((await identitiesOf(admin).rejectRequest({ approvalId, dryRun: true })).approval?.state).toBe(
    ApprovalState.REJECTED,
  );
  expect(await codeOf(identitiesOf(alone).approveRequest({ approvalId, dryRun: true }))).toBe(Code.PermissionDenied);
  expect(await mayDo(admin, { all: true })).toEqual(['approval.approve', 'approval.reject']);
  await identitiesOf(admin).approveRequest({ approvalId });
  expect(await mayDo(alone, { teamId: alone.teamId })).toEqual(['approval.reject', 'approval.carry_out']);
  expect(await mayDo(admin, { teamId: alone.teamId })).toEqual(['approval.reject']);
  expect(await codeOf(identitiesOf(alone).listApprovals({ all: true }))).toBe(Code.PermissionDenied);
  expect(await codeOf(identitiesOf(admin).listApprovals({ all: true, teamId: alone.teamId }))).toBe(
    Code.InvalidArgument,
  );
  const { identity } = await make(alone, { teamId: alone.teamId });
  const forAdmin = (await identitiesOf(admin).getIdentity({ identityId: identity.id })).identity!;
  expect(forAdmin.actions.filter(({ allowed }) => allowed).map(({ action }) => action)).toEqual([
    'identity.pause',
    'identity.revoke',
  ]);
});

test('who was demoted in between cannot have it carried out', async () => {
  const demoted = await controlPlane.makeUser('Demoted');
  await join(demoted, 'admin');
  const wanted = request(production);
  const { approval } = await identitiesOf(demoted).createIdentity(wanted);
  await identitiesOf(second).approveRequest({ approvalId: approval!.id });
  await owner.clients.teams.setMemberRole({ teamId: owner.teamId, userId: demoted.id, role: TeamRole.MEMBER });
  expect(await codeOf(identitiesOf(demoted).createIdentity(wanted))).toBe(Code.PermissionDenied);
});

test('a dry run says what would be, also that it would wait, and does nothing', async () => {
  const { pool } = controlPlane.services;
  const counts = () => pool`
    select (select count(*) from machine_identities) as identities, (select count(*) from approvals) as approvals,
      (select count(*) from credentials) as credentials, (select count(*) from audit_events) as events`;
  const before = await counts();
  const mine = identitiesOf(owner);
  const tried = await mine.createIdentity(request({ dryRun: true }));
  expect([tried.identity?.state, tried.secret]).toEqual([IdentityState.ACTIVE, '']);
  const waiting = await mine.createIdentity(request({ ...production, dryRun: true }));
  expect(waiting.approval?.state).toBe(ApprovalState.PENDING);
  expect(await counts()).toEqual(before);
});
