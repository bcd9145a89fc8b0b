// A large fleet: `node bench/fleet/large.ts [hosts]`. A PostgreSQL of its own, in a temporary directory; a real repository and browser.
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { create } from '@bufbuild/protobuf';
import type { Client } from '@connectrpc/connect';
import { ComponentReportSchema } from '#proto/muster/agent/v1/enrolment_pb.js';
import { BuildSource, ComponentState, type FleetHost, type FleetService } from '#proto/muster/v1/fleet_pb.js';
import type { Pool } from '../../control-plane/database/index.ts';
import { recordComponentReports } from '../../control-plane/fleet/index.ts';
import { buildConsole } from '../../local/console/build.ts';
import { startSimulatedHost, type SimulatedHost } from '../../simulator/index.ts';
import type { Page as BrowserPage } from 'playwright-core';
import { desktop, launchBrowser } from '../../tests/support/browser.ts';
import { repositoryRoot } from '../../tests/support/process.ts';
import { sayMs, summarise, verdictTable, type Verdict } from '../figures.ts';
import { openPlane, person, type BenchPlane } from './plane.ts';

const shape = { hosts: 10_000, components: 5, commits: 20, beats: 10, opens: 5, perMessage: 250, frames: 300 };
const limits = { classifyMs: 2_000, liveMs: 1_000, openMs: 1_000, frameMs: 50 };

const say = (text: string) => void process.stderr.write(`${text}\n`);

/** Measures a new head, a changed report, and opening the page, with so many hosts that run one of a few commits each. */
export async function benchLargeFleet({ hosts }: { readonly hosts: number } = shape): Promise<Verdict[]> {
  await buildConsole(repositoryRoot);
  const plane = await openPlane({
    MUSTER_LOCAL_REPOSITORY_POLL: '200ms',
    MUSTER_WEB_DIR: join(repositoryRoot, 'web/dist'),
  });
  try {
    const repository = new Upstream(join(plane.directory, 'app'));
    const commits = Array.from({ length: shape.commits }, (_, at) => repository.commit(`Change ${at}`));
    await plane.fleet.registerRepository({ name: 'app', url: repository.path });
    say(`Filling ${hosts.toLocaleString('en')} hosts …`);
    await fill(plane.replica.services.pool, hosts, commits);
    const whole = `${hosts.toLocaleString('en')} hosts × ${shape.components}`;
    const page = new Page(plane.fleet);
    try {
      await page.until(() => page.hosts.size === hosts);
      return [
        await judgeHead(page, repository, hosts, whole),
        await judgeLive(plane, page, commits),
        ...(await judgeBrowser(plane, commits, whole)),
      ];
    } finally {
      await page.close();
    }
  } finally {
    await plane.stop();
  }
}

/** From the commit on: the look at the repository, the fetch, git's answers, the judgement, and all hosts on the wire. */
async function judgeHead(page: Page, repository: Upstream, hosts: number, whole: string): Promise<Verdict> {
  say('A new head …');
  const begin = performance.now();
  const before = process.cpuUsage();
  const head = repository.commit('Move on');
  const judged = page.gather(
    ({ state, components }) =>
      state === ComponentState.BEHIND && components.every(({ target }) => target?.sha === head),
  );
  await page.until(() => judged.size === hosts);
  const ms = performance.now() - begin;
  const spent = process.cpuUsage(before);
  return {
    what: `a new head, all judged and sent: ${whole}`,
    measured: sayMs(ms),
    // On a machine that does other things beside it, this says what it costs.
    baseline: `${sayMs((spent.user + spent.system) / 1000)} of processor time, both ends; ${shape.commits} distinct commits run`,
    limit: `at most ${sayMs(limits.classifyMs)}`,
    ok: ms <= limits.classifyMs,
  };
}

/** From a real heartbeat of one host to a client that follows the fleet. */
async function judgeLive(plane: BenchPlane, page: Page, commits: readonly string[]): Promise<Verdict> {
  say('One host changes …');
  return whileAlive(plane, 'live', (host) =>
    beats('a heartbeat that changes one host, until a client has it', host, commits, (sha) =>
      page.until(() => page.named('live')?.components.some(({ running }) => running?.sha === sha) === true),
    ),
  );
}

/** Works with a host that is alive, and beats only when it is told to. */
async function whileAlive<T>(
  { replica, hosts }: BenchPlane,
  name: string,
  work: (host: SimulatedHost) => Promise<T>,
): Promise<T> {
  const { joinToken } = await hosts.createHost({ name });
  const host = await startSimulatedHost({
    serverUrl: replica.url,
    joinToken: joinToken?.token ?? '',
    fingerprint: replica.services.installation.fingerprint,
    heartbeatEveryMs: 3_600_000,
  });
  try {
    return await work(host);
  } finally {
    await host.stop();
  }
}

/** Lets the host report one commit after the other, each once the one before was seen. */
async function beats(
  what: string,
  host: SimulatedHost,
  commits: readonly string[],
  seen: (sha: string) => Promise<unknown>,
): Promise<Verdict> {
  const times: number[] = [];
  const before = process.cpuUsage();
  for (const sha of commits.slice(0, shape.beats)) {
    const begin = performance.now();
    const report = { component: 'part-1', repository: 'app', runningSha: sha, buildSource: BuildSource.BAKED };
    await Promise.all([host.setComponents([report]), seen(sha)]);
    times.push(performance.now() - begin);
  }
  const slowest = Math.max(...times);
  const spent = process.cpuUsage(before);
  return {
    what,
    measured: `slowest of ${times.length}: ${sayMs(slowest)}`,
    baseline: `${sayMs((spent.user + spent.system) / 1000 / times.length)} of processor time each, without the browser's`,
    limit: `at most ${sayMs(limits.liveMs)}`,
    ok: slowest <= limits.liveMs,
  };
}

/** What somebody at a real browser waits for. */
async function judgeBrowser(plane: BenchPlane, commits: readonly string[], whole: string): Promise<Verdict[]> {
  say('Opening the pages …');
  const { url } = plane.replica;
  const browser = await launchBrowser();
  try {
    const context = await browser.newContext({ viewport: desktop });
    const page = await context.newPage();
    await page.goto(url);
    await page.getByRole('textbox', { name: 'Email' }).fill(person.email);
    await page.getByLabel('Password', { exact: true }).fill(person.password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'Fleet' }).waitFor();
    return [
      await judgeOpen(page, `${url}/fleet`, `opening the fleet page: ${whole}`),
      await judgeScroll(page, `scrolling it, all hosts having come: ${whole}`),
      await whileAlive(plane, 'seen', async (host) => {
        await page.goto(`${url}/fleet?q=seen`);
        await page.getByRole('link', { name: 'seen', exact: true }).waitFor();
        return beats('a heartbeat that changes one host, until it stands in the browser', host, commits, (sha) =>
          page.getByRole('button', { name: new RegExp(`^${sha.slice(0, 7)}`) }).waitFor(),
        );
      }),
      await judgeOpen(page, `${url}/hosts`, `opening the hosts page: ${whole}`),
    ];
  } finally {
    await browser.close();
  }
}

/** From the press of enter to the first host on the page. */
async function judgeOpen(page: BrowserPage, url: string, what: string): Promise<Verdict> {
  const firstHost = () => page.getByRole('link', { name: 'bench-0', exact: true }).waitFor();
  await page.goto(url, { waitUntil: 'commit' });
  await firstHost();
  const times: number[] = [];
  const spent: number[] = [];
  const spentMs = await mainThreadOf(page);
  for (let turn = 0; turn < shape.opens; turn += 1) {
    const begin = performance.now();
    await page.goto(url, { waitUntil: 'commit' });
    const before = await spentMs();
    await firstHost();
    times.push(performance.now() - begin);
    spent.push((await spentMs()) - before);
  }
  const middle = summarise(times).p50;
  return {
    what,
    measured: `median of ${times.length}: ${sayMs(middle)}`,
    baseline: `${sayMs(summarise(spent).p50)} of processor time on the page's main thread`,
    limit: `at most ${sayMs(limits.openMs)}`,
    ok: middle <= limits.openMs,
  };
}

/** Tells how much processor time the main thread of the page has spent so far: that is the page's own cost on a busy machine, too. */
async function mainThreadOf(page: BrowserPage): Promise<() => Promise<number>> {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  return async () => {
    const { metrics } = await session.send('Performance.getMetrics');
    return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN) * 1000;
  };
}

/** How long frames take while somebody turns the wheel, quicker than a window in ten frames. */
async function judgeScroll(page: BrowserPage, what: string): Promise<Verdict> {
  await page.getByText('more hosts are on their way').waitFor({ state: 'detached' });
  const spentMs = await mainThreadOf(page);
  const before = await spentMs();
  const frames = await page.evaluate(async (count) => {
    const times: number[] = [];
    let before = await new Promise<number>(requestAnimationFrame);
    for (let frame = 0; frame < count; frame += 1) {
      window.scrollBy(0, 100);
      const now = await new Promise<number>(requestAnimationFrame);
      times.push(now - before);
      before = now;
    }
    return times;
  }, shape.frames);
  const perFrame = ((await spentMs()) - before) / frames.length;
  const { p50, p99 } = summarise(frames);
  return {
    what,
    measured: `frames: p50 ${sayMs(p50)}, p99 ${sayMs(p99)}`,
    baseline: `${sayMs(perFrame)} of processor time a frame, each of 100 pixels`,
    limit: `p99 at most ${sayMs(limits.frameMs)}`,
    ok: p99 <= limits.frameMs,
  };
}

async function fill(sql: Pool, hosts: number, commits: readonly string[]): Promise<void> {
  await sql`
    insert into hosts (id, name, status, joined_at, last_seen_at, arch, cpus, memory_mib, disk_mib, os, kernel, hostname, agent_version,
      agent_sha, runtime)
    select 'host' || lpad(n::text, 16, '0'), 'bench-' || n, 'online', now(), now(), 'x64', 8, 16384, 100000, 'Debian 12', '6.1',
      'bench-' || n, '1.0', ${commits[0] ?? ''}, 'crun'
    from generate_series(0, ${hosts - 1}) n
  `;
  const reports = Array.from({ length: hosts }, (_, host) => ({
    hostId: `host${String(host).padStart(16, '0')}`,
    reports: Array.from({ length: shape.components }, (__, part) =>
      create(ComponentReportSchema, {
        component: `part-${part + 1}`,
        repository: 'app',
        runningSha: commits[(host + part) % commits.length] ?? '',
        buildSource: BuildSource.BAKED,
      }),
    ),
  }));
  for (let at = 0; at < reports.length; at += 1000) await recordComponentReports(sql, reports.slice(at, at + 1000));
  await sql`analyze component_reports`;
}

/** A page that follows the fleet. */
class Page {
  readonly hosts = new Map<string, FleetHost>();
  readonly #leave = new AbortController();
  readonly #ended: Promise<void>;
  #wake = () => {};
  #gathering: (host: FleetHost) => void = () => {};
  #error: unknown;

  constructor(fleet: Client<typeof FleetService>) {
    this.#ended = this.#follow(fleet).catch((error: unknown) => {
      if (!this.#leave.signal.aborted) this.#error = error;
      this.#wake();
    });
  }

  async #follow(fleet: Client<typeof FleetService>): Promise<void> {
    for await (const { event } of fleet.watchFleet(
      { hostsPerMessage: shape.perMessage },
      { signal: this.#leave.signal },
    )) {
      if (event.case !== 'snapshot' && event.case !== 'change') continue;
      for (const host of event.value.hosts) {
        this.hosts.set(host.hostId, host);
        this.#gathering(host);
      }
      this.#wake();
    }
  }

  /** Waits for a message after which it is so. */
  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) {
      if (this.#error !== undefined) throw new Error('The fleet cannot be followed any more.', { cause: this.#error });
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** The ids of hosts that come from now on and are so. Kept as they come: counting ten thousand again and again costs, too. */
  gather(isSo: (host: FleetHost) => boolean): ReadonlySet<string> {
    const ids = new Set<string>();
    this.#gathering = (host) => void (isSo(host) && ids.add(host.hostId));
    return ids;
  }

  named = (name: string): FleetHost | undefined => [...this.hosts.values()].find(({ hostName }) => hostName === name);

  async close(): Promise<void> {
    this.#leave.abort();
    await this.#ended;
  }
}

/** A real repository. */
class Upstream {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
    mkdirSync(path);
    this.#git('init', '--quiet', '--initial-branch=main');
  }

  commit(subject: string): string {
    this.#git('commit', '--quiet', '--allow-empty', '-m', subject);
    return this.#git('rev-parse', 'HEAD');
  }

  #git(...args: string[]): string {
    const who = ['-c', 'user.name=Bench', '-c', 'user.email=bench@example.com'];
    return execFileSync('git', ['-C', this.path, ...who, ...args], { encoding: 'utf8' }).trim();
  }
}

if (import.meta.main) {
  const hosts = Number(process.argv[2] ?? shape.hosts);
  process.stdout.write(`${verdictTable(await benchLargeFleet({ hosts }))}\n`);
}
