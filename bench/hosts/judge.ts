import { loadavg } from 'node:os';
import { createClient } from '@connectrpc/connect';
import { SandboxService } from '#proto/muster/v1/sandbox_pb.js';
import { sayMs, sayRatio, sayTimes, type Verdict } from '../figures.ts';
import { measurePlacement, measureSpread } from './placement.ts';
import { measureReconnect } from './reconnect.ts';
import { measureSteady, type SteadyFigures } from './steady.ts';
import { openSurroundings } from './surroundings.ts';
import { thinTransport } from '../whole/thin-transport.ts';

const limits = { processor: 0.3, statements: 10, userRatio: 2, backMs: 30_000, placementMs: 20, costRatio: 1.5 };
const few = 10;
const some = 1_000;

const say = (text: string) =>
  void process.stderr.write(`${new Date().toISOString().slice(11, 19)} load ${loadavg()[0]?.toFixed(1)}  ${text}\n`);
const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
const perHost = ({ processor, hosts }: SteadyFigures) => (processor * 60_000) / hosts;

function judgeSteady(idle: SteadyFigures, middle: SteadyFigures, full: SteadyFigures): Verdict[] {
  const ratio = full.userCalls.p99 / idle.userCalls.p99;
  const cost = perHost(full) / perHost(middle);
  const at = `${full.hosts} hosts, every 30 s`;
  return [
    {
      what: `processor of the replica, ${at}`,
      measured: percent(full.processor),
      baseline: `${idle.hosts} hosts: ${percent(idle.processor)}; ${middle.hosts}: ${percent(middle.processor)}`,
      limit: `at most ${percent(limits.processor)} of one core`,
      ok: full.processor <= limits.processor,
    },
    {
      what: 'SQL statements for heartbeats',
      measured: `${full.heartbeatStatements.toFixed(1)} a second`,
      baseline: `all that the installation asks: ${full.statements.toFixed(0)}; with ${idle.hosts} hosts ${idle.statements.toFixed(0)}`,
      limit: `at most ${limits.statements} a second`,
      ok: full.heartbeatStatements <= limits.statements,
    },
    {
      what: 'looking at a host and running a command',
      measured: sayTimes(full.userCalls),
      baseline: `${idle.hosts} hosts: ${sayTimes(idle.userCalls)}; p99 ${sayRatio(ratio)}`,
      limit: `p99 at most ${limits.userRatio} ×`,
      ok: ratio <= limits.userRatio,
    },
    {
      what: 'processor for one host, a minute',
      measured: sayMs(perHost(full)),
      baseline: `${middle.hosts} hosts: ${sayMs(perHost(middle))}; ${sayRatio(cost)}`,
      limit: `at most ${limits.costRatio} ×`,
      ok: cost <= limits.costRatio,
    },
  ];
}

/** What a large fleet costs, with so many simulated hosts. Takes about ten minutes for 10,000. */
export async function judgeHosts(many: number): Promise<Verdict[]> {
  const surroundings = await openSurroundings();
  try {
    const { first, replicas } = surroundings;
    const sandboxes = createClient(
      SandboxService,
      thinTransport(first.url, { authorization: `Bearer ${replicas.token}` }),
    );
    say(`${few} hosts …`);
    await surroundings.addHosts('few', few, first.url);
    const { sandbox } = await sandboxes.createSandbox({ timeout: { seconds: 86_400n } });
    const sandboxId = sandbox?.id ?? '';
    const idle = await measureSteady(surroundings, sandboxId);
    say(`${some} hosts …`);
    await surroundings.addHosts('some', some - few, first.url);
    const middle = await measureSteady(surroundings, sandboxId);
    say('Four replicas place at once …');
    const others = await Promise.all([replicas.start(), replicas.start(), replicas.start()]);
    const spread = await measureSpread(surroundings, [first.url, ...others.map(({ url }) => url)], 2.5 * some);
    await Promise.all(others.map((other) => other.stop()));
    say('The replica is killed, and another one takes its place …');
    const { replica, ...reconnect } = await measureReconnect(surroundings, some);
    say(`${many} hosts …`);
    await surroundings.addHosts('many', many - some, replica.url);
    const after = { ...surroundings, first: replica };
    const full = await measureSteady(after, sandboxId);
    say('Placing …');
    const placement = await measurePlacement(after);
    return [
      ...judgeSteady(idle, middle, full),
      {
        what: `${some} hosts reconnect at once`,
        measured: sayMs(reconnect.allBackMs),
        baseline: `by seconds: ${reconnect.perSecond.join(', ')}`,
        limit: `all within ${sayMs(limits.backMs)}`,
        ok: reconnect.allBackMs <= limits.backMs,
      },
      {
        what: `placement among ${full.hosts} hosts`,
        measured: sayTimes(placement),
        baseline: '',
        limit: `p99 at most ${limits.placementMs} ms`,
        ok: placement.p99 <= limits.placementMs,
      },
      {
        what: `spread of ${2.5 * some} sandboxes, 4 replicas`,
        measured: `${spread.fewest} to ${spread.most} on a host; ${spread.failed} failed`,
        baseline: `${spread.perSecond.toFixed(0)} a second`,
        limit: 'within ± 1, none fails',
        ok: spread.most - spread.fewest <= 1 && spread.failed === 0,
      },
    ];
  } finally {
    await surroundings.close();
  }
}
