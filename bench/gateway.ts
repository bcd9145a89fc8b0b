// What the model gateway costs beside the bare provider: `node bench/gateway.ts`. A durable PostgreSQL and a provider of its own.
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, request as requestHttp, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pino } from 'pino';
import { parseConfig } from '../control-plane/config.ts';
import { startTestProvider } from '../control-plane/gateway/testing/provider.ts';
import { startReplica } from '../control-plane/replica.ts';
import { settingsOf } from '../control-plane/settings/testing/set.ts';
import { makeTestUser } from '../control-plane/testing/users.ts';
import { ensureDatabase, startPostgres } from '../local/postgres/index.ts';
import { sayMs, sayTimes, timeByTurns, timeOf, verdictTable, type Verdict } from './figures.ts';

const count = 500;
/** A model takes hundreds of milliseconds to its first token. */
const limitMs = 25;

/** Measures whole requests through the gateway and without it, by turns, against the same provider on this machine. */
export async function benchGateway(): Promise<Verdict[]> {
  const directory = await mkdtemp(join(tmpdir(), 'muster-bench-gateway-'));
  const server = await startPostgres({ directory: join(directory, 'postgres'), durable: true });
  const provider = await startTestProvider();
  const agent = new Agent({ keepAlive: true });
  try {
    await ensureDatabase(server, 'muster');
    const config = parseConfig({
      DATABASE_URL: server.localUrl('muster'),
      MUSTER_DATA_DIR: join(directory, 'data'),
      MUSTER_LISTEN: '127.0.0.1:0',
      MUSTER_PRIVATE_RANGES: '127.0.0.1',
      MUSTER_LIMITS: 'gateway.account=1000000/1m',
    });
    const replica = await startReplica({ config, log: pino({ level: 'silent' }) });
    try {
      const { clients } = await makeTestUser(replica.url, replica.context, { name: 'Ada', platformAdmin: true });
      const settings = settingsOf(clients);
      await settings.set('groq.base_url', provider.url);
      await settings.setSecret('groq.api_key', 'key');
      await settings.set('groq.gateway', 'on');
      const { secret } = await clients.gateway.createGatewayToken({ name: 'bench' });
      const through = { url: `${replica.url}/v1/chat/completions`, secret, agent };
      const bare = { url: `${provider.url}/chat/completions`, secret: 'key', agent };
      return [await judge('a request', through, bare, false), await judge('a stream', through, bare, true)];
    } finally {
      await replica.stop(0);
    }
  } finally {
    agent.destroy();
    await provider.close();
    await server.stop();
    await rm(directory, { recursive: true });
  }
}

interface Way {
  readonly url: string;
  readonly secret: string;
  readonly agent: Agent;
}

async function judge(what: string, through: Way, bare: Way, stream: boolean): Promise<Verdict> {
  const ask = (way: Way) => timeOf(() => askOnce(way, stream));
  const { one, other } = await timeByTurns(
    count,
    () => ask(through),
    () => ask(bare),
  );
  const added = one.p50 - other.p50;
  return {
    what: `${what} through the model gateway`,
    measured: sayTimes(one),
    baseline: `the provider itself: ${sayTimes(other)}; ${sayMs(added)} more`,
    limit: `p50 at most ${sayMs(limitMs)} more`,
    ok: added <= limitMs,
  };
}

async function askOnce({ url, secret, agent }: Way, stream: boolean): Promise<void> {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const headers = { authorization: `Bearer ${secret}`, 'content-type': 'application/json' };
    const request = requestHttp(url, { method: 'POST', headers, agent });
    request.on('response', resolve).on('error', reject);
    const messages = [{ role: 'user', content: 'Good morning. '.repeat(100) }];
    request.end(JSON.stringify({ model: 'groq/llama-small', max_tokens: 100, messages, stream }));
  });
  const bytes = await buffer(answer);
  if (answer.statusCode !== 200 || bytes.length === 0) throw new Error(`It answered ${answer.statusCode}.`);
}

if (import.meta.main) process.stdout.write(`${verdictTable(await benchGateway())}\n`);
