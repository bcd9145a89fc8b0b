import { readdir } from 'node:fs/promises';
import type { DescService } from '@bufbuild/protobuf';
import { MethodOptions_IdempotencyLevel } from '@bufbuild/protobuf/wkt';
import { createValidator } from '@bufbuild/protovalidate';
import { Code, type Transport } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-node';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { HostAgentService } from '#proto/muster/agent/v1/host_agent_pb.js';
import { sessionCookie } from '../auth/index.ts';
import { startTestControlPlane } from '../testing/index.ts';
import { grantOf } from './actions.ts';
import { refuseByThemselves } from './matrix-requests.ts';
import { methods } from './methods.ts';
import { offIn, type SignInMode } from './sign-in-modes.ts';
import { call, nameOf, requestOf } from './testing/matrix-calls.ts';
import { audience, matrixCallers, proxySecret, type MatrixCaller, type Verdict } from './testing/matrix-callers.ts';
import { newWorld, thingsOfNoTeam, type PeopledWorld } from './testing/matrix-world.ts';
import { startTokenIssuer } from './testing/token-issuer.ts';

vi.setConfig({ testTimeout: 180_000 });

const issuer = await startTokenIssuer();
const controlPlane = await startTestControlPlane({ env: { MUSTER_CALLS_PER_MINUTE: '100000' } });
const { services } = controlPlane;
const signInService = { MUSTER_PUBLIC_URL: 'https://muster.example', MUSTER_PLATFORM_ADMINS: 'root' };
/** The same installation, where people sign in differently, or not at all. */
const settings: Readonly<Record<Exclude<SignInMode, 'password'>, Readonly<Record<string, string>>>> = {
  keys_only: { MUSTER_AUTH_MODE: 'api_key_only' },
  trusted_header: {
    ...signInService,
    MUSTER_USER_MODE: 'trusted_header',
    MUSTER_PROXY_RANGES: '127.0.0.1',
    MUSTER_PROXY_SECRET: proxySecret,
  },
  oidc: {
    ...signInService,
    MUSTER_USER_MODE: 'oidc',
    MUSTER_OIDC_ISSUER: issuer.url,
    MUSTER_OIDC_CLIENT_ID: 'muster',
    MUSTER_OIDC_CLIENT_SECRET: 'x',
    MUSTER_OIDC_AUDIENCE: audience,
  },
};
const doorAt = (url: string): Transport => createConnectTransport({ baseUrl: url, httpVersion: '2' });
const doors: Readonly<Record<SignInMode, Transport>> = {
  password: doorAt(controlPlane.url),
  keys_only: doorAt((await controlPlane.startReplica(settings.keys_only)).url),
  trusted_header: doorAt((await controlPlane.startReplica(settings.trusted_header)).url),
  oidc: doorAt((await controlPlane.startReplica(settings.oidc)).url),
};
const modes = ['password', 'trusted_header', 'oidc', 'keys_only'] as const;
const place = {
  services,
  issuer,
  cookieName: sessionCookie(services.publicUrl).name,
  providerCookieName: sessionCookie(signInService.MUSTER_PUBLIC_URL).name,
};
const validator = createValidator();
afterAll(async () => {
  await controlPlane.stop();
  await issuer.close();
});
beforeAll(
  () => services.pool`
  with repository as (
    insert into repositories (id, name, url) values ('repo0123456789abcdef', 'known', 'https://git.example/known.git')
  )
  insert into rollouts (id, repository, components, target_sha, canary_hosts, batch_size, soak_ms, max_failures, catch_up, catch_up_ms,
    verify_ms, return_on_failure, created_by, batch)
  values ('roll0123456789abcdef', 'known', '{x}', '', 0, 0, 0, 0, true, 0, 0, false, 'system', 1)`,
);

const rows = methods.flatMap(([service, actions]) =>
  service.methods.map((method) => ({ method, action: actions[method.localName], name: nameOf(method) })),
);
type Row = (typeof rows)[number];

test('every service that the control plane serves has its rows', async () => {
  const served = (await servicesOfTheContract()).filter(({ typeName }) => typeName !== HostAgentService.typeName);
  expect(methods.map(([{ typeName }]) => typeName).sort()).toEqual(served.map(({ typeName }) => typeName).sort());
  expect(rows.filter(({ action }) => action === undefined)).toEqual([]);
});

test.each(rows)('$name: who may call it', async (row) => {
  const turn = rows.indexOf(row);
  const ended = await Promise.all(
    matrixCallers.map(async (caller, index) => {
      // Keys meet every method, and every mode: they are the same in each.
      const mode = caller.mode === 'any' ? modes[(turn + index) % modes.length]! : caller.mode; // the remainder is one of them
      const { world, headers } = await sceneFor(caller, row);
      const request = requestOf(row.method, world);
      expect(validator.validate(row.method.input, request).kind, `${row.name} needs a row in matrix-requests.ts`).toBe(
        'valid',
      );
      const code = await call(row.method, request, headers, doors[mode]);
      const isRight = codesOf(caller.verdict(row.action!), row).includes(code);
      return isRight ? [] : [`${caller.name} at ${mode}: ${caller.verdict(row.action!)}, got ${shown(code)}`];
    }),
  );
  expect(ended.flat()).toEqual([]);
});

const ofNoTeam = rows.filter(({ method, action }) => {
  const { field } = method.input;
  const isOfThing = (field['hostId'] ?? field['keyId']) !== undefined && field['teamId'] === undefined;
  return isOfThing && grantOf(action!).team !== undefined;
});

test.each(ofNoTeam)('$name: on what belongs to no team, a role in a team counts for nothing', async (row) => {
  const ended = await Promise.all(
    matrixCallers.map(async (caller) => {
      const mode = caller.mode === 'any' ? 'password' : caller.mode;
      const world = await newWorld(services, mode === 'trusted_header' || mode === 'oidc');
      if (caller.confined)
        await services.pool`update teams set require_second_factor = true where id = ${world.teamId}`;
      const headers = await caller.present(place, world);
      const request = requestOf(row.method, { ...world, ...(await thingsOfNoTeam(services)) });
      const code = await call(row.method, request, headers, doors[mode]);
      const verdict = caller.ofNoTeam(row.action!);
      return codesOf(verdict, row).includes(code) ? [] : [`${caller.name} at ${mode}: ${verdict}, got ${shown(code)}`];
    }),
  );
  expect(ended.flat()).toEqual([]);
});

test('no way of signing in takes away what a key may do', () => {
  for (const mode of ['trusted_header', 'oidc', 'keys_only'] as const) {
    const off = rows.filter(({ action }) => offIn(mode, action!) !== undefined);
    expect(off.length).toBeGreaterThan(10);
    for (const { action, name } of off) {
      const { orgKey, teamKey } = grantOf(action!);
      expect([name, orgKey, teamKey]).toEqual([name, undefined, undefined]);
    }
  }
});

test('who may only look only looks, with a key or without: each such method is a look, and carries nothing out', () => {
  const open = rows.filter(({ action }) => {
    const { orgKey, teamKey, team } = grantOf(action!);
    return orgKey === 'read_only' || teamKey === 'read_only' || team?.includes('read_only');
  });
  expect(open.length).toBeGreaterThan(15);
  for (const { action } of open) expect(action).toMatch(/\.read$|^team\.list$|^audit\.verify$/);
  // Streams cannot be marked as free of side effects.
  const unmarked = open.filter(({ method }) => method.idempotency !== MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS);
  for (const { name } of unmarked) expect(name).toMatch(/\.(Watch|AssertFleet|VerifyAudit|ServerReflectionInfo)/);
});

/** The codes by which a verdict shows. Undefined is an answer without an error. */
function codesOf(verdict: Verdict, { name, action }: Row): readonly (Code | undefined)[] {
  const ofTeam = grantOf(action!).team !== undefined;
  switch (verdict) {
    case 'unauthenticated':
      return [Code.Unauthenticated];
    case 'step':
      return [Code.FailedPrecondition];
    case 'denied':
      // Who may see nothing of a team is told that it is not there.
      return ofTeam ? [Code.PermissionDenied, Code.NotFound] : [Code.PermissionDenied];
    case 'invisible':
      return [Code.NotFound];
    case 'hidden':
      return [Code.PermissionDenied, Code.NotFound];
    case 'allowed or not':
      return [undefined, Code.PermissionDenied, Code.NotFound, Code.FailedPrecondition];
    case 'allowed': {
      const answered = [
        undefined,
        Code.FailedPrecondition,
        Code.InvalidArgument,
        Code.AlreadyExists,
        Code.Aborted,
        Code.ResourceExhausted,
        Code.Unavailable,
      ];
      const missing = ofTeam ? [] : [Code.NotFound];
      return [...answered, ...missing, ...(refuseByThemselves[name] ?? [])];
    }
  }
}

interface Scene {
  readonly world: PeopledWorld;
  readonly headers: Readonly<Record<string, string>>;
}
const scenes = new Map<MatrixCaller, Promise<Scene>>();

/** Where a caller calls: a world of their own that all methods share, and a new one for what may leave nothing as it was. */
function sceneFor(caller: MatrixCaller, { method, action }: Row): Promise<Scene> {
  const changes = method.idempotency !== MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS;
  const mayHappen = ['allowed', 'allowed or not'].includes(caller.verdict(action!));
  if (changes && mayHappen) return newScene(caller);
  const known = scenes.get(caller) ?? newScene(caller);
  scenes.set(caller, known);
  return known;
}

async function newScene(caller: MatrixCaller): Promise<Scene> {
  const world = await newWorld(services, caller.mode === 'trusted_header' || caller.mode === 'oidc');
  if (caller.confined) await services.pool`update teams set require_second_factor = true where id = ${world.teamId}`;
  return { world, headers: await caller.present(place, world) };
}

const shown = (code: Code | undefined): string => (code === undefined ? 'an answer' : Code[code]);

async function servicesOfTheContract(): Promise<DescService[]> {
  const folder = new URL('../../proto/gen/', import.meta.url);
  const files = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('_pb.js'));
  const modules = await Promise.all(
    files.map((name) => import(new URL(name, folder).href) as Promise<Record<string, { kind?: string }>>),
  );
  return modules.flatMap((module) => Object.values(module)).filter((one): one is DescService => one.kind === 'service');
}
