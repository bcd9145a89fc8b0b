import { join } from 'node:path';
import { Code } from '@connectrpc/connect';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BuildSource, FleetExportFormat } from '#proto/muster/v1/fleet_pb.js';
import { expectEventually } from '../testing/index.ts';
import { startFleetBench, type FleetBench } from './testing/fleet.ts';
import { commit, createRepository } from './testing/git-repository.ts';

let bench: FleetBench;
let head = '';
const fleet = () => bench.plane.admin.clients.fleet;

beforeAll(async () => {
  bench = await startFleetBench();
  const upstream = createRepository(join(bench.root, 'app'));
  head = commit(upstream, '=HYPERLINK("http://evil.example","click")');
  await fleet().registerRepository({ name: 'app', url: upstream });
  await expectEventually(async () => (await fleet().listRepositories({})).repositories[0]?.head?.sha, head);
  const one = await bench.addHost('one');
  await bench.addHost('silent');
  await bench.plane.services.pool`update hosts set labels = '{"+zone":"@cellar"}' where id = ${one}`;
  await bench.report(
    one,
    { runningSha: head },
    { component: 'other', repository: 'else', runningSha: '-2+3', noProcess: true },
  );
});
afterAll(() => bench?.stop());

async function fileOf(format: FleetExportFormat, repository = '') {
  let text = '';
  let rows = 0;
  for await (const piece of fleet().exportFleet({ format, repository })) {
    text += Buffer.from(piece.data).toString();
    rows += piece.rows;
  }
  return { lines: text.split(/\r?\n/).filter(Boolean), rows };
}

test('a table has one line for each component, and one for a host without any', async () => {
  const { lines, rows } = await fileOf(FleetExportFormat.CSV);
  expect(rows).toBe(3);
  expect(lines[0]).toMatch(/^host_id,host,host_status,last_seen_at,labels,component,/);
  expect(lines.slice(1).map((line) => line.split('","').slice(1, 3).join(' '))).toEqual([
    'silent online',
    'one online',
    'one online',
  ]);
  expect(lines.find((line) => line.includes('"app"'))).toContain('"current"');
});

test('nothing that anybody has written becomes a formula', async () => {
  const { lines } = await fileOf(FleetExportFormat.CSV);
  expect(lines.join('\n')).toContain(`"'=HYPERLINK(""http://evil.example"",""click"")"`);
  expect(lines.join('\n')).toContain(`"'-2+3"`);
  expect(lines.join('\n')).toContain(`"'+zone=@cellar"`);
  for (const line of lines.slice(1)) expect(line).not.toMatch(/(^|,)"?[=+\-@]/);
});

test('JSON lines are the API’s own form; a repository leaves only its components', async () => {
  const { lines, rows } = await fileOf(FleetExportFormat.JSON_LINES, 'app');
  expect(rows).toBe(1);
  expect(JSON.parse(lines[0]!)).toMatchObject({
    hostName: 'one',
    labels: { '+zone': '@cellar' },
    component: { component: 'app', state: 'COMPONENT_STATE_CURRENT', running: { sha: head } },
  });
});

test('what hosts report is listed as it came, page by page, to whoever may see the host', async () => {
  const all = await fleet().listComponentReports({});
  expect(
    all.reports.map(({ hostName, component, repository, runningSha }) => [hostName, component, repository, runningSha]),
  ).toEqual([
    ['one', 'app', 'app', head],
    ['one', 'other', 'else', '-2+3'],
  ]);
  expect(all.reports[0]).toMatchObject({ buildSource: BuildSource.BAKED, signed: false, dirty: false, probeError: '' });
  expect(all.reports.map(({ noProcess }) => noProcess)).toEqual([false, true]);
  expect(all.reports[0]!.changedAt).toBeDefined();
  const first = await fleet().listComponentReports({ pageSize: 1 });
  const second = await fleet().listComponentReports({ pageSize: 1, pageToken: first.nextPageToken });
  expect([...first.reports, ...second.reports]).toEqual(all.reports);
  expect(second.nextPageToken).toBe('');
  expect((await fleet().listComponentReports({ component: 'other', repository: 'app' })).reports).toEqual([]);

  const { id: teamId } = (await bench.plane.other.clients.teams.listTeams({})).teams[0]!;
  const theirs = await bench.addHost('theirs', { teamId });
  await bench.report(theirs, { runningSha: head });
  const ofOther = bench.plane.other.clients.fleet;
  expect((await ofOther.listComponentReports({ hostId: theirs })).reports).toHaveLength(1);
  expect((await ofOther.listComponentReports({})).reports).toHaveLength(3);
  const foreign = await bench.addHost('foreign', {
    teamId: (await bench.plane.admin.clients.teams.listTeams({})).teams[0]!.id,
  });
  await bench.report(foreign, { runningSha: head });
  expect((await ofOther.listComponentReports({})).reports).toHaveLength(3);
  await expect(ofOther.listComponentReports({ hostId: foreign })).rejects.toMatchObject({ code: Code.NotFound });
  await bench.plane.services.pool`update hosts set status = 'deleted' where id = ${theirs}`;
  expect((await ofOther.listComponentReports({})).reports).toHaveLength(2);
});
