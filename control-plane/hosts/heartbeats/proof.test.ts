import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { reportStatement, signStatement } from '#contract/statements.ts';
import { ComponentReportSchema } from '#proto/muster/agent/v1/enrolment_pb.js';
import { BuildSource, Evidence } from '#proto/muster/v1/fleet_pb.js';
import { startTestControlPlane, type TestControlPlane } from '../../testing/index.ts';
import { AgentKeys } from '../testing/agent-keys.ts';

let plane: TestControlPlane;
beforeAll(async () => void (plane = await startTestControlPlane()));
afterAll(() => plane?.stop());

async function join(name: string) {
  const { joinToken } = await plane.admin.clients.hosts.createHost({ name });
  const keys = new AgentKeys(plane.services.installation.id);
  const { hostId, accessToken } = await plane.anonymous.enrolment.joinHost(keys.join(joinToken!.token));
  const headers = { authorization: `Bearer ${accessToken}` };
  let sequence = 0n;

  const beat = async (
    reports: MessageInitShape<typeof ComponentReportSchema>[],
    proof?: { nonce: Uint8Array; key?: KeyObject; signedReports?: MessageInitShape<typeof ComponentReportSchema>[] },
    instanceId = 'one',
  ) => {
    const { nonce, key = keys.key, signedReports = reports } = proof ?? {};
    sequence += 1n;
    const statement = nonce && {
      installationId: plane.services.installation.id,
      hostId,
      instanceId,
      sequence,
      nonce,
      reports: signedReports.map((report) => create(ComponentReportSchema, report)),
    };
    const signature = statement && new Uint8Array(signStatement(reportStatement(statement), key));
    const request = { bootId: 'boot', instanceId, sequence, components: reports };
    const answer = await plane.anonymous.enrolment.heartbeat(
      { ...request, ...(nonce && signature && { reportProof: { nonce, signature } }) },
      { headers },
    );
    return answer.reportNonce;
  };
  const shown = async () => {
    const { hosts } = await plane.admin.clients.fleet.getFleet({});
    const host = hosts.find((one) => one.hostId === hostId);
    const component = host?.components[0];
    return {
      sha: component?.running?.sha,
      evidence: component && Evidence[component.evidence],
      refused: host?.reportsRefusedAt !== undefined,
    };
  };
  const audited = async () => {
    const rows = await plane.services.pool`
      select from audit_events where action = 'host.reports_refused' and target = ${hostId}
    `;
    return rows.length;
  };
  return { beat, shown, audited };
}

const report = (sha: string) => ({
  component: 'app',
  repository: 'app',
  runningSha: sha.repeat(40),
  buildSource: BuildSource.BAKED,
});

test('reports that the host key has signed over our nonce are signed evidence; others are the host’s own word', async () => {
  const { beat, shown } = await join('signs');
  const nonce = await beat([report('a')]);
  expect(await shown()).toEqual({ sha: 'a'.repeat(40), evidence: 'SELF_REPORTED', refused: false });
  await beat([report('b')], { nonce });
  expect(await shown()).toEqual({ sha: 'b'.repeat(40), evidence: 'SIGNED', refused: false });
});

test('an answer may be lost: the nonce before it is still good', async () => {
  const { beat, shown } = await join('loses');
  const nonce = await beat([]);
  await beat([report('a')], { nonce });
  await beat([report('b')], { nonce });
  expect(await shown()).toMatchObject({ sha: 'b'.repeat(40), evidence: 'SIGNED', refused: false });
});

test('a forged signature, a changed report and a nonce of old are refused: nothing changes, and it is seen', async () => {
  const { beat, shown, audited } = await join('is-forged');
  const old = await beat([]);
  const nonce = await beat([report('a')], { nonce: old });
  const forger = generateKeyPairSync('ed25519').privateKey;
  const next = await beat([report('b')], { nonce, key: forger });
  expect(await shown()).toEqual({ sha: 'a'.repeat(40), evidence: 'SIGNED', refused: true });
  const last = await beat([report('c')], { nonce: next, signedReports: [report('a')] });
  await beat([report('d')], { nonce: old }, 'two');
  expect(await shown()).toMatchObject({ sha: 'a'.repeat(40), evidence: 'SIGNED' });
  expect(await audited()).toBe(1);
  await beat([report('e')], { nonce: last }, 'two');
  expect(await shown()).toMatchObject({ sha: 'e'.repeat(40), evidence: 'SIGNED' });
});

test('a report whose probe looked long ago is as old as that', async () => {
  const { beat } = await join('hangs');
  await beat([{ ...report('a'), age: { seconds: 600n, nanos: 0 } }]);
  const [row] = await plane.services.pool`
    select now() - reported_at > interval '9 minutes' as old from component_reports where running_sha = ${'a'.repeat(40)} and not signed and component = 'app' order by reported_at limit 1
  `;
  expect(row?.old).toBe(true);
});
