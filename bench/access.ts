// What finding out who calls costs: `node bench/access.ts`. A durable PostgreSQL of its own, in a temporary directory.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient, type Interceptor } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-node';
import { pino } from 'pino';
import { mintToken } from '#contract/token.ts';
import { SetupService } from '#proto/muster/v1/setup_pb.js';
import { openSession, sessionCookie } from '../control-plane/auth/index.ts';
import { parseConfig } from '../control-plane/config.ts';
import { insertCredential } from '../control-plane/credentials/index.ts';
import { newId, type Sql } from '../control-plane/database/index.ts';
import { startReplica, type Replica } from '../control-plane/replica.ts';
import { createUser, hashPassword } from '../control-plane/users/index.ts';
import { ensureDatabase, startPostgres } from '../local/postgres/index.ts';
import { sayRatio, sayTimes, timeByTurns, timeOf, verdictTable, type Times, type Verdict } from './figures.ts';

/** A p99 is told by its hundredth part: 2,000 calls would leave it to twenty of them. */
const counts = { calls: 2_000, keyCalls: 20_000, keys: 100_000, fewKeys: 10 };
const limits = { addedMs: 0.5, manyKeysRatio: 1.1 };

/** A control plane in this process, and how to call it. */
interface Plane {
  readonly replica: Replica;
  /** Times a unary call that presents this, or nothing. */
  call(headers?: Readonly<Record<string, string>>): () => Promise<number>;
  readonly presented: Readonly<Record<'session cookie' | 'user token' | 'team key', Readonly<Record<string, string>>>>;
}

/** Measures on fresh databases: each kind of credential beside none, and few keys beside many, by turns. */
export async function benchAccess(): Promise<Verdict[]> {
  const directory = await mkdtemp(join(tmpdir(), 'muster-bench-access-'));
  const server = await startPostgres({ directory: join(directory, 'postgres'), durable: true });
  const planes: Plane[] = [];
  const open = async (name: string, keys: number): Promise<Plane> => {
    await ensureDatabase(server, name);
    const plane = await openPlane(server.localUrl(name), join(directory, name), keys);
    planes.push(plane);
    return plane;
  };
  try {
    const few = await open('few', counts.fewKeys);
    const many = await open('many', counts.keys);
    const verdicts: Verdict[] = [];
    for (const [kind, headers] of Object.entries(few.presented))
      verdicts.push(await judgeKind(few, kind, few.call(headers)));
    return [...verdicts, await judgeManyKeys(few, many)];
  } finally {
    for (const { replica } of planes) await replica.stop(0);
    await server.stop();
    await rm(directory, { recursive: true });
  }
}

async function judgeKind(plane: Plane, kind: string, call: () => Promise<number>): Promise<Verdict> {
  const { one: known, other: open } = await timeByTurns(counts.calls, call, plane.call());
  const statement = await rawStatement(plane);
  const added = known.p50 - open.p50;
  return {
    what: `a call by ${kind}`,
    measured: `${sayTimes(known)}; adds ${added.toFixed(2)} ms`,
    baseline: `without: ${sayTimes(open)}; ${sayRatio(known.p50 / open.p50)}; one raw statement: p50 ${statement.p50.toFixed(2)} ms`,
    limit: `adds at most ${limits.addedMs} ms p50`,
    ok: added <= limits.addedMs,
  };
}

async function judgeManyKeys(few: Plane, many: Plane): Promise<Verdict> {
  const key = (plane: Plane) => plane.call(plane.presented['team key']);
  const { one, other } = await timeByTurns(counts.keyCalls, key(many), key(few));
  const ratio = one.p99 / other.p99;
  return {
    what: `a key among ${counts.keys.toLocaleString('en')}`,
    measured: sayTimes(one),
    baseline: `among ${counts.fewKeys}: ${sayTimes(other)}; p99 ${sayRatio(ratio)}`,
    limit: `p99 at most ${sayRatio(limits.manyKeysRatio)}`,
    ok: ratio <= limits.manyKeysRatio,
  };
}

/** The cheapest statement that there is, on the same pool. */
async function rawStatement({ replica }: Plane): Promise<Times> {
  const ask = () => timeOf(async () => void (await replica.services.pool`select 1`));
  return (await timeByTurns(counts.calls / 10, ask, ask)).one;
}

async function openPlane(databaseUrl: string, dataDir: string, keys: number): Promise<Plane> {
  const config = parseConfig({
    DATABASE_URL: databaseUrl,
    MUSTER_DATA_DIR: dataDir,
    MUSTER_LISTEN: '127.0.0.1:0',
    // What is measured is not how callers are slowed down.
    MUSTER_CALLS_PER_MINUTE: '100000000',
  });
  const replica = await startReplica({ config, log: pino({ level: 'warn' }) });
  const { context, services, url } = replica;
  const passwordHash = await hashPassword('a password of the bench');
  const person = { name: 'Bench', email: 'bench@example.com', passwordHash, platformAdmin: true };
  const { userId, session } = await context.transaction(async (sql) => {
    const id = await createUser(sql, context, person);
    return {
      userId: id,
      session: await openSession(sql, context, { userId: id, userAgent: 'bench', how: 'password' }),
    };
  });
  const secret = await makeKeys(services.pool, userId, keys);
  const { token } = await services.installation.tokens.sign({
    audience: 'muster-user',
    subject: userId,
    lifetimeMs: 3_600_000,
    claims: { sid: session.id },
  });
  return {
    replica,
    call(headers = {}) {
      const present: Interceptor = (next) => (request) => {
        for (const [name, value] of Object.entries(headers)) request.header.set(name, value);
        return next(request);
      };
      const transport = createConnectTransport({ baseUrl: url, httpVersion: '1.1', interceptors: [present] });
      const client = createClient(SetupService, transport);
      return () => timeOf(async () => void (await client.getSetup({})));
    },
    presented: {
      'session cookie': { cookie: `${sessionCookie(services.publicUrl).name}=${session.token.reveal()}` },
      'user token': { authorization: `Bearer ${token.reveal()}` },
      'team key': { 'x-api-key': secret },
    },
  };
}

/** Fills the tables with keys of one maker; answers the secret of one more. */
async function makeKeys(sql: Sql, makerId: string, count: number): Promise<string> {
  await sql`
    with team as (select team_id from team_members where user_id = ${makerId}),
    made as (
      insert into api_keys (id, name, team_id, role, maker_id, created_by)
      select 'key' || lpad(n::text, 17, '0'), 'key ' || n, team_id, 'operator', ${makerId}, ${`user:${makerId}`} from team, generate_series(1, ${count}::integer) as n
      returning id
    )
    insert into credentials (id, token_hash, kind, key_id) select right(id, 12), sha256(id::bytea), 'team_key', id from made
  `;
  const token = mintToken('team');
  const ownerId = newId('key');
  await sql`
    insert into api_keys (id, name, team_id, role, maker_id, created_by)
    select ${ownerId}, 'bench', team_id, 'operator', ${makerId}, ${`user:${makerId}`} from team_members where user_id = ${makerId}`;
  await insertCredential(sql, { id: token.id, tokenHash: token.hash, kind: 'team_key', ownerId });
  await sql`vacuum analyze`;
  return token.secret.reveal();
}

if (import.meta.main) process.stdout.write(`${verdictTable(await benchAccess())}\n`);
