import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Code } from '@connectrpc/connect';
import { afterAll, expect, test } from 'vitest';
import { ErrorInfoSchema, Reason } from '#proto/muster/v1/errors_pb.js';
import { ensureDatabase, startPostgres } from '../../local/postgres/index.ts';
import { parseConfig } from '../config.ts';
import { announce, type Change } from '../events/index.ts';
import { openLog } from '../log.ts';
import { startReplica } from '../replica.ts';
import { clientsOf, eventually, expectEventually, failureOf } from '../testing/index.ts';
import { makeTestUser } from '../testing/users.ts';
import { mintToken } from '#contract/token.ts';
import { AgentKeys } from '../hosts/testing/agent-keys.ts';

const folder = await mkdtemp(join(tmpdir(), 'muster-test-outage-'));
const directory = join(folder, 'postgres');
let postgres = await startPostgres({ directory, durable: false });
await ensureDatabase(postgres, 'muster');
const config = parseConfig({
  DATABASE_URL: postgres.url('muster'),
  MUSTER_DATA_DIR: folder,
  MUSTER_LISTEN: '127.0.0.1:0',
});
const lines: string[] = [];
const replica = await startReplica({ config, log: openLog(config, { write: (line) => void lines.push(line) }) });
const user = await makeTestUser(replica.url, replica.context, { name: 'Ada', platformAdmin: true });
const anonymous = clientsOf(replica.url);
const host = new AgentKeys(replica.services.installation.id);
const { joinToken } = await user.clients.hosts.createHost({ name: 'tester' });
const { accessToken } = await anonymous.enrolment.joinHost(host.join(joinToken!.token));
const headers = { authorization: `Bearer ${accessToken}` };

afterAll(async () => {
  await replica.stop(1_000);
  await postgres.stop();
  await rm(folder, { recursive: true });
});

const readiness = async () => (await fetch(`${replica.url}/readyz`)).status;

test('while the database is away calls are unavailable, nobody is signed out, and everything recovers by itself', async () => {
  const heard: Change[] = [];
  replica.services.bus.subscribe(['device'], (change) => heard.push(change));
  const { port } = postgres;
  expect(await readiness()).toBe(200);

  await postgres.stop();
  for (const call of [
    () => user.clients.auth.getCaller({}),
    () => anonymous.setup.getSetup({}),
    () => anonymous.auth.logIn({ email: 'a', password: 'b' }),
    // Told that it is unauthenticated, a fleet would begin to recover its credentials.
    () => anonymous.enrolment.heartbeat({ bootId: 'boot', instanceId: 'instance' }, { headers }),
    () => anonymous.enrolment.refreshCredentials(host.refresh(host.first, mintToken('hrt'))),
    () => anonymous.enrolment.joinHost(host.join(joinToken!.token)),
  ]) {
    const error = await failureOf(call());
    expect(error.code).toBe(Code.Unavailable);
    expect(error.findDetails(ErrorInfoSchema)).toMatchObject([{ reason: Reason.DATABASE_UNAVAILABLE }]);
  }
  expect(await readiness()).toBe(503);
  expect((await fetch(`${replica.url}/healthz`)).status, 'the process itself is well').toBe(200);

  postgres = await startPostgres({ directory, durable: false, port });
  await expectEventually(readiness, 200);
  expect((await user.clients.auth.getCaller({})).caller?.userId).toBe(user.id);

  await eventually(
    () => heard,
    (changes) => expect(changes).toContainEqual({ topic: 'device', id: '*' }),
    20_000,
  );
  await announce(replica.services.pool, 'device', ['device1']);
  await eventually(
    () => heard,
    (changes) => expect(changes).toContainEqual({ topic: 'device', id: 'device1' }),
  );

  for (const { name } of replica.loops.statuses()) replica.loops.wake(name);
  await eventually(
    () => replica.loops.statuses(),
    (all) => expect(all.filter(({ lastError, ours }) => lastError !== undefined || !ours)).toEqual([]),
    20_000,
  );
});

test('a database that ends every connection is back at the next call', async () => {
  await replica.services
    .pool`select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and application_name = 'muster'`;
  await eventually(
    () => user.clients.auth.getCaller({}),
    ({ caller }) => expect(caller?.userId).toBe(user.id),
  );
});
