import { afterEach, beforeEach, expect, test } from 'vitest';
import { keepCheckpoints } from './chain/checkpoint-loop.ts';
import { sealAuditEvents } from './chain/sealer.ts';
import { reportAudit } from './report.ts';
import { openAuditTrail, type AuditTrail } from './testing/audit-trail.ts';

let trail: AuditTrail;

beforeEach(async () => {
  trail = await openAuditTrail();
});

afterEach(() => trail.close());

test('an empty audit is intact, and says that it is empty', async () => {
  expect(await reportAudit(trail.context)).toEqual({
    intact: true,
    sentence: 'Nothing is sealed yet.',
    rows: 0,
    findings: [],
    waiting: 0,
  });
});

test('the report says in words what was found, and what waits', async () => {
  await trail.record(2);
  await sealAuditEvents(trail.context);
  await keepCheckpoints(trail.context, 0);
  await trail.record(1);
  expect(await reportAudit(trail.context)).toMatchObject({
    sentence: 'All 2 rows are as sealed; 1 checkpoint holds, up to position 2.',
    waiting: 1,
  });
  await trail.tamper((sql) => sql`update audit_events set actor = 'user:other' where target = 'host0'`);
  const report = await reportAudit(trail.context);
  expect(report).toMatchObject({
    intact: false,
    sentence: '1 problem was found in 2 rows: keep the database as it is, and compare it with a backup.',
  });
  expect(report.findings).toEqual([expect.stringMatching(/^The row at position [12] was changed/)]);
});
