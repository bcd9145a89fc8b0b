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
import { startSimulatedHost } from '../../simulator/index.ts';
import { launchBrowser } from '../../tests/support/browser.ts';
import { repositoryRoot } from '../../tests/support/process.ts';
import { sayMs, verdictTable, type Verdict } from '../figures.ts';
import { openPlane, person, type BenchPlane } from './plane.ts';

const shape = { hosts: 10_000, components: 5, commits: 20, beats: 10, opens: 5, perMessage: 250 };
const limits = { classifyMs: 2_000, liveMs: 1_000, openMs: 1_000 };

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
        await judgeOpen(plane, whole),
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

/** From a real heartbeat of one host to the page of somebody else. */
async function judgeLive({ replica, hosts }: BenchPlane, page: Page, commits: readonly string[]): Promise<Verdict> {
  say('One host changes …');
  const { joinToken } = await hosts.createHost({ name: 'live' });
  const host = await startSimulatedHost({
    serverUrl: replica.url,
    joinToken: joinToken?.token ?? '',
    fingerprint: replica.services.installation.fingerprint,
    heartbeatEveryMs: 3_600_000,
  });
  try {
    const times: number[] = [];
    const before = process.cpuUsage();
    for (const sha of commits.slice(0, shape.beats)) {
      const begin = performance.now();
      const report = { component: 'part-1', repository: 'app', runningSha: sha, buildSource: BuildSource.BAKED };
      const shown = () => page.named('live')?.components.some(({ running }) => running?.sha === sha) === true;
      await Promise.all([host.setComponents([report]), page.until(shown)]);
      times.push(performance.now() - begin);
    }
    const slowest = Math.max(...times);
    const spent = process.cpuUsage(before);
    return {
      what: 'a heartbeat that changes one host, until a page has it',
      measured: `slowest of ${times.length}: ${sayMs(slowest)}`,
      baseline: `${sayMs((spent.user + spent.system) / 1000 / times.length)} of processor time each, both ends`,
      limit: `at most ${sayMs(limits.liveMs)}`,
      ok: slowest <= limits.liveMs,
    };
  } finally {
    await host.stop();
  }
}

/** From the press of enter to the first host on the page, in a real browser. */
async function judgeOpen({ replica: { url } }: BenchPlane, whole: string): Promise<Verdict> {
  say('Opening the page …');
  const browser = await launchBrowser();
  try {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(url);
    await page.getByRole('textbox', { name: 'Email' }).fill(person.email);
    await page.getByLabel('Password', { exact: true }).fill(person.password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    const firstHost = () => page.getByRole('link', { name: 'bench-0', exact: true }).waitFor();
    await firstHost();
    const times: number[] = [];
    for (let turn = 0; turn < shape.opens; turn += 1) {
      const begin = performance.now();
      await page.goto(url, { waitUntil: 'commit' });
      await firstHost();
      times.push(performance.now() - begin);
    }
    const middle = times.toSorted((one, other) => one - other)[Math.floor(times.length / 2)] ?? Number.NaN;
    return {
      what: `opening the fleet page: ${whole}`,
      measured: `median of ${times.length}: ${sayMs(middle)}`,
      baseline: '',
      limit: `at most ${sayMs(limits.openMs)}`,
      ok: middle <= limits.openMs,
    };
  } finally {
    await browser.close();
  }
}

async function fill(sql: Pool, hosts: number, commits: readonly string[]): Promise<void> {
  await sql`
    insert into hosts (id, name, status, joined_at, last_seen_at)
    select 'host' || lpad(n::text, 16, '0'), 'bench-' || n, 'online', now(), now() from generate_series(0, ${hosts - 1}) n
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
