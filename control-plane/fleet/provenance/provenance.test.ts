import { join } from 'node:path';
import { create } from '@bufbuild/protobuf';
import { Code } from '@connectrpc/connect';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ComponentReportSchema } from '#proto/muster/agent/v1/enrolment_pb.js';
import { BuildSource, ComponentState, Evidence } from '#proto/muster/v1/fleet_pb.js';
import { eventually } from '../../testing/index.ts';
import { recordComponentReports } from '../record-reports.ts';
import { ask, gateLine } from '../testing/assert.ts';
import { startFleetBench, type FleetBench } from '../testing/fleet.ts';
import { commit, createRepository } from '../testing/git-repository.ts';
import { makeSigningKey, provenanceOf, seal } from './testing/sign.ts';

const [built, foreign] = ['d'.repeat(64), 'f'.repeat(64)];
const ci = makeSigningKey();
let bench: FleetBench;
let head = '';
let repositoryId = '';
let host = '';
const fleet = () => bench.plane.admin.clients.fleet;

beforeAll(async () => {
  bench = await startFleetBench();
  const upstream = createRepository(join(bench.root, 'app'));
  head = commit(upstream, 'Begin');
  repositoryId = (await fleet().registerRepository({ name: 'app', url: upstream })).repository!.id;
  host = await bench.addHost('alpha');
});
afterAll(() => bench?.stop());

const report = (artifactSha256: string, signed = true) =>
  recordComponentReports(bench.plane.services.pool, [
    {
      hostId: host,
      signed,
      reports: [
        create(ComponentReportSchema, {
          component: 'app',
          repository: 'app',
          runningSha: head,
          buildSource: BuildSource.BAKED,
          artifactSha256,
        }),
      ],
    },
  ]);
/** `CURRENT VERIFIED`, and the sentence. */
const standing = async () => {
  const component = (await fleet().getFleet({})).hosts[0]?.components[0];
  return `${ComponentState[component?.state ?? 0]} ${Evidence[component?.evidence ?? 0]}: ${component?.sentence}`;
};
const until = (words: RegExp) => eventually(standing, (now) => expect(now).toMatch(words));

test('what CI has signed makes a component verified; where it is asked for, nothing else is green', async () => {
  await report('');
  await until(/^CURRENT SIGNED/);
  await fleet().updateRepository({ repositoryId, requireProvenance: true });
  await until(/^UNVERIFIED SIGNED: .*names nothing that its process was started from/);
  await report(built);
  await until(/^UNVERIFIED SIGNED: No trusted key has signed/);

  const publish = (artifact: string, sha: string, key = ci) =>
    fleet().publishProvenance({ repository: 'app', envelope: seal(provenanceOf(artifact, sha), key) });
  await expect(publish(built, head)).rejects.toMatchObject({ code: Code.InvalidArgument });
  const { key } = await fleet().addProvenanceKey({ repositoryId, name: 'pipeline', publicKey: ci.pem });
  expect((await fleet().addProvenanceKey({ repositoryId, name: 'again', publicKey: ci.pem })).key).toEqual(key);
  await expect(publish(built, head, makeSigningKey())).rejects.toThrow(/key that the repository trusts/);
  await publish(built, 'e'.repeat(40));
  await until(/^UNVERIFIED SIGNED: .*built from another commit/);
  expect(await publish(built, head)).toMatchObject({ sha: head, artifactSha256: [built], key: { name: 'pipeline' } });
  await publish(built, head);
  await until(/^CURRENT VERIFIED/);
  await report(built, false);
  await until(/^UNVERIFIED SELF_REPORTED: .*the host has not signed its report/);
  await report(foreign);
  await until(/^UNVERIFIED SIGNED: No trusted key/);

  const { repositories } = await fleet().listRepositories({});
  expect(repositories).toMatchObject([
    { requireProvenance: true, provenanceKeys: [{ id: key!.id, name: 'pipeline' }] },
  ]);
});

test('a gate may ask for it, and a key that is trusted no more takes along what it has signed', async () => {
  await report(built);
  await until(/^CURRENT VERIFIED/);
  await fleet().updateRepository({ repositoryId, requireProvenance: false });
  const gate = async () =>
    gateLine(await ask(fleet(), { repository: 'app', minHosts: 1, requireEvidence: Evidence.VERIFIED }).result);
  expect(await gate()).toBe('PASS: alpha MET');
  const [key] = (await fleet().listRepositories({})).repositories[0]!.provenanceKeys;
  await fleet().removeProvenanceKey({ repositoryId, keyId: key!.id });
  await fleet().removeProvenanceKey({ repositoryId, keyId: key!.id });
  await until(/^CURRENT SIGNED/);
  expect(await gate()).toBe('FAIL: alpha NOT_MET');
  const rows = await bench.plane.services.pool<{ action: string }[]>`
    select action from audit_events where action like 'repository.%trust%' or action = 'provenance.publish' order by id
  `;
  expect(rows.map(({ action }) => action)).toEqual([
    'repository.trust_key',
    'provenance.publish',
    'provenance.publish',
    'repository.distrust_key',
  ]);
});
