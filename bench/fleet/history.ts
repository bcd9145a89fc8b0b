// What ran on a host, out of many rows: `node bench/fleet/history.ts [rows]`. A PostgreSQL of its own, in a temporary directory.
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { Client } from '@connectrpc/connect';
import type { FleetService } from '#proto/muster/v1/fleet_pb.js';
import type { Pool, Sql } from '../../control-plane/database/index.ts';
import { sayRatio, sayTimes, timeByTurns, timeOf, verdictTable, type Verdict } from '../figures.ts';
import { openPlane } from './plane.ts';

const defaults = { rows: 10_000_000 };
const shape = { hosts: 1_000, components: 5, calls: 50, page: 1_000 };
const limitMs = 50;
const yearMs = 365 * 86_400_000;

/** Fills a year of changes; measures what a year of one host, and one moment of it, cost beside the raw rows. */
export async function benchHistory({ rows }: { readonly rows: number } = defaults): Promise<Verdict[]> {
  const plane = await openPlane();
  try {
    await fill(plane.replica.services.pool, rows);
    return await judge(plane.replica.services.pool, plane.fleet, rows);
  } finally {
    await plane.stop();
  }
}

/** As it grows: all machines change in turn, so that the rows of one lie far apart. */
async function fill(sql: Pool, rows: number): Promise<void> {
  const { hosts, components } = shape;
  const each = Math.ceil(rows / hosts / components);
  await sql`
    insert into hosts (id, name, status, joined_at, last_seen_at)
    select 'host' || lpad(n::text, 16, '0'), 'bench-' || n, 'online', now(), now() from generate_series(0, ${hosts - 1}) n
  `;
  await sql.begin(async (transaction) => {
    await transaction`set local statement_timeout = 0`;
    await transaction`
      insert into component_history (host_id, component, repository, running_sha, disk_sha, dirty, started_at, ended_at)
      select 'host' || lpad(host::text, 16, '0'), 'component-' || component, 'app', md5((change % 500)::text) || '00000000', '', false,
        now() - change * (interval '365 days' / ${each}), now() - (change - 1) * (interval '365 days' / ${each})
      from generate_series(${each}::integer, 1, -1) change, generate_series(0, ${hosts - 1}) host, generate_series(1, ${components}::integer) component
    `;
    await transaction`analyze component_history`;
  });
}

async function judge(sql: Sql, fleet: Client<typeof FleetService>, rows: number): Promise<Verdict[]> {
  let turn = 0;
  // Another host each time: what is in memory of one does not help the next.
  const hostId = () => `host${String((turn += 7) % shape.hosts).padStart(16, '0')}`;
  const raw = () => {
    const id = hostId();
    return timeOf(
      async () =>
        void (await sql`select * from component_history where host_id = ${id} order by started_at desc, id desc limit ${shape.page}`),
    );
  };
  const ask = (span: () => { readonly from: number; readonly until: number }) => () => {
    const { from, until } = span();
    const request = {
      hostId: hostId(),
      from: timestampFromMs(from),
      until: timestampFromMs(until),
      pageSize: shape.page,
    };
    return timeOf(async () => {
      const { intervals } = await fleet.listHistory(request);
      if (intervals.length === 0) throw new Error('Nothing was found of a host that has a history.');
    });
  };
  const year = ask(() => ({ from: Date.now() - yearMs, until: Date.now() }));
  const moment = ask(() => {
    const at = Date.now() - Math.round(Math.random() * yearMs * 0.9);
    return { from: at, until: at };
  });
  /** Every page of it, one after the other. */
  const wholeYear = () => {
    const request = { hostId: hostId(), from: timestampFromMs(Date.now() - yearMs), pageSize: shape.page };
    return timeOf(async () => {
      let pageToken = '';
      do ({ nextPageToken: pageToken } = await fleet.listHistory({ ...request, pageToken }));
      while (pageToken !== '');
    });
  };
  const pages = Math.ceil(rows / shape.hosts / shape.page);
  const verdict = async (what: string, call: () => Promise<number>, most = limitMs): Promise<Verdict> => {
    const { one, other } = await timeByTurns(shape.calls, call, raw);
    return {
      what: `${what}, of ${rows.toLocaleString('en')} rows`,
      measured: sayTimes(one),
      baseline: `${shape.page.toLocaleString('en')} raw rows: ${sayTimes(other)}; ${sayRatio(one.p50 / other.p50)}`,
      limit: `p50 at most ${most} ms`,
      ok: one.p50 <= most,
    };
  };
  return [
    await verdict('a year of one host, its newest page', year),
    await verdict(`a year of one host, all of its pages (${pages})`, wholeYear, limitMs * pages),
    await verdict('what ran at one moment', moment),
  ];
}

if (import.meta.main) {
  const rows = Number(process.argv[2] ?? defaults.rows);
  process.stdout.write(`${verdictTable(await benchHistory({ rows }))}\n`);
}
