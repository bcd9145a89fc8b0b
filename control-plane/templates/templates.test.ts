import type { MessageInitShape } from '@bufbuild/protobuf';
import { Code, ConnectError, createClient } from '@connectrpc/connect';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ErrorInfoSchema } from '#proto/muster/v1/errors_pb.js';
import {
  CreateTemplateRequestSchema,
  OciImageSchema,
  TemplateService,
  TemplateState,
} from '#proto/muster/v1/template_pb.js';
import { startSimulatedFleet, type SimulatedFleet } from '../hosts/testing/simulated-fleet.ts';
import { clientsWithToken } from '../testing/index.ts';
import { findBuilders } from './store.ts';

let fleet: SimulatedFleet;
beforeAll(async () => {
  fleet = await startSimulatedFleet(0, { env: { MUSTER_UNREACHABLE_AFTER: '1h' } });
  // After its first one: what it lacks is what these tests write down.
  await fleet.addHost('builder', { heartbeatEveryMs: 3_600_000 });
});
afterAll(() => fleet?.stop());

test('where no host can build it, the refusal says what to install on one', async () => {
  await fleet.plane.context.sql`update hosts set missing_builders = '{skopeo,umoci,mmdebstrap}'`;
  const templates = createClient(TemplateService, fleet.plane.admin.clients.transport);
  const refusalOf = async (source: MessageInitShape<typeof CreateTemplateRequestSchema>['source']) => {
    try {
      for await (const _ of templates.createTemplate({ name: 'tools', source })) continue;
      throw new Error('it was not refused');
    } catch (error) {
      const refused = ConnectError.from(error);
      const { code, rawMessage } = refused;
      return { code, rawMessage, help: refused.findDetails(ErrorInfoSchema)[0]?.help };
    }
  };
  expect(await refusalOf({ case: 'ociImage', value: { reference: 'registry.example/tools:1' } })).toEqual({
    code: Code.ResourceExhausted,
    rawMessage: 'No host that is connected can build it: they lack skopeo and umoci.',
    help: 'Install what is missing on one of them (apt-get install skopeo umoci).',
  });
  expect(await refusalOf({ case: 'debianPackages', value: { packages: ['git'] } })).toMatchObject({
    help: 'Install what is missing on one of them (apt-get install mmdebstrap).',
  });
});

test('what a host lacks for building templates is shown, and known where a builder is looked for', async () => {
  const { sql } = fleet.plane.context;
  const [host] = fleet.hosts;
  await sql`update hosts set missing_builders = '{skopeo,umoci}'`;
  expect((await fleet.read(host!)).specs?.missingBuilders).toEqual(['skopeo', 'umoci']);
  const [team] = await sql<{ id: string }[]>`select id from teams where not own_hosts limit 1`;
  expect(await findBuilders(sql, team!.id)).toEqual([{ id: host!.id, missing: ['skopeo', 'umoci'] }]);
});

test('a template is built at a replica that no host is connected to', async () => {
  await fleet.plane.context.sql`update hosts set missing_builders = '{}'`;
  const second = await fleet.plane.startReplica();
  const { transport } = clientsWithToken(second.url, fleet.plane.admin.token);
  const source = { case: 'debianPackages' as const, value: { packages: ['git'] } };
  const cases: (string | undefined)[] = [];
  for await (const { event } of createClient(TemplateService, transport).createTemplate({ name: 'elsewhere', source }))
    cases.push(event.case === 'template' ? TemplateState[event.value.state] : event.case);
  expect(cases).toEqual(['progress', 'READY']);
  await second.stop(1_000);
});

test('a version that fails hides neither the one that sandboxes use nor itself, page by page', async () => {
  const templates = createClient(TemplateService, fleet.plane.admin.clients.transport);
  const build = async (name: string, source: MessageInitShape<typeof CreateTemplateRequestSchema>['source']) => {
    for await (const _ of templates.createTemplate({ name, source })) continue;
  };
  const packages = { case: 'debianPackages' as const, value: { packages: ['jq'] } };
  await build('paged-a', packages);
  await build('paged-b', packages);
  await expect(build('paged-a', { case: 'snapshotId', value: 'snap0000000000000' })).rejects.toThrow('snapshot');
  const listed: string[] = [];
  for (let pageToken = ''; ;) {
    const page = await templates.listTemplates({ pageSize: 1, pageToken });
    listed.push(...page.templates.map(({ name, version, state }) => `${name} ${version} ${TemplateState[state]}`));
    pageToken = page.nextPageToken;
    if (pageToken === '') break;
  }
  expect(listed.filter((one) => one.startsWith('paged'))).toEqual([
    'paged-a 2 FAILED',
    'paged-a 1 READY',
    'paged-b 1 READY',
  ]);
});

test('the password of a registry is marked as one', () => {
  expect(OciImageSchema.field.password.proto.options?.debugRedact).toBe(true);
});
