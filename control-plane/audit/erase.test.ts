import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Caller } from '../access/index.ts';
import { sealAuditEvents } from './chain/sealer.ts';
import { erasePersonalData } from './erase.ts';
import { recordAudit, type AuditEntry } from './record.ts';
import { openAuditTrail, type AuditTrail } from './testing/audit-trail.ts';
import { verifyAll } from './testing/verify-all.ts';

let trail: AuditTrail;

const ada: Caller = {
  kind: 'session',
  actor: 'user:userada',
  credentialId: 'session-1',
  userId: 'userada',
  name: 'Ada "Countess" Lovelace',
  email: 'ada@example.com',
  platformAdmin: false,
  memberships: [],
  activeTeamId: undefined,
};
const person = { userId: ada.userId, texts: [ada.name, ada.email] };

const erase = () => trail.context.transaction((sql) => erasePersonalData(sql, trail.context, person));
const record = (caller: Caller, entry: AuditEntry) =>
  trail.context.transaction((sql) => recordAudit(sql, { ...trail.context, caller }, entry));

beforeEach(async () => {
  trail = await openAuditTrail();
  const { caller } = trail.context;
  await record(caller, { action: 'user.create', target: ada.userId, after: { name: ada.name } });
  await record(ada, { action: 'host.cordon', target: 'host1', after: { reason: 'new disk' } });
  await record(caller, {
    action: 'invite.create',
    target: 'invite1',
    after: { email: 'Ada@Example.com', replaced: [] },
  });
  await record(caller, { action: 'host.delete', target: 'host2', reason: 'Asked for by ADA@example.com.' });
  await record(caller, { action: 'user.create', target: 'userbob', after: { email: 'nevada@example.com' } });
  const [before, after] = [{ name: 'Ada' }, { name: ada.name, email: ada.email }];
  await record(caller, { action: 'user.update', target: ada.userId, before, after });
  await sealAuditEvents(trail.context);
});

afterEach(() => trail.close());

test('erasing a person leaves who did what, takes what is personal, and keeps the chain intact', async () => {
  const { context } = trail;
  expect(await erase()).toEqual({ origins: 1, contents: 4 });
  await sealAuditEvents(context);
  const { found, result } = await verifyAll(context);
  expect(found).toEqual([]);
  expect(result).toMatchObject({ rows: 7, erasedOrigins: 1, erasedContents: 4 });
  const left = await context.sql<{ text: string }[]>`
    select concat_ws(' ', action, target, before, after, reason) as text
    from audit_events event left join audit_contents content on content.event_id = event.id order by id
  `;
  expect(left.map(({ text }) => text)).toEqual([
    'user.create userada',
    'host.cordon host1 {"reason":"new disk"}',
    'invite.create invite1',
    'host.delete host2',
    'user.create userbob {"email":"nevada@example.com"}',
    'user.update userada',
    'audit.erase userada {"origins":1,"contents":4}',
  ]);
});

test('a row that is erased before it was sealed is sealed without', async () => {
  const { context } = trail;
  await record(ada, { action: 'host.uncordon', target: 'host1' });
  expect(await erase()).toEqual({ origins: 2, contents: 4 });
  await sealAuditEvents(context);
  expect((await verifyAll(context)).found).toEqual([]);
});

test('a person can be erased twice', async () => {
  const { context } = trail;
  await erase();
  expect(await erase()).toEqual({ origins: 0, contents: 0 });
  await sealAuditEvents(context);
  expect((await verifyAll(context)).found).toEqual([]);
});

test('what is removed without an audited erasure is found', async () => {
  const { context } = trail;
  await context.sql`delete from audit_origins where event_id = (select event_id from audit_seals where position = 2)`;
  await context.sql`delete from audit_contents where event_id = (select event_id from audit_seals where position = 3)`;
  expect((await verifyAll(context)).found).toEqual(['origin_missing 2', 'content_missing 3']);
});

test('who removes more in the name of an erasure is found', async () => {
  const { context } = trail;
  await erase();
  await context.sql`
    with gone as (delete from audit_contents where event_id = (select event_id from audit_seals where position = 5) returning event_id)
    insert into audit_erasures (event_id, part, erasure_event_id)
    select gone.event_id, 'content', max(erasure_event_id) from gone, audit_erasures group by gone.event_id
  `;
  await sealAuditEvents(context);
  expect((await verifyAll(context)).found).toEqual(['erasure_unproven']);
});

test('an erased origin cannot be put back as another one', async () => {
  const { context } = trail;
  await erase();
  await context.sql`insert into audit_origins (event_id, address, user_agent) select event_id, '192.0.2.9', '' from audit_seals where position = 2`;
  expect((await verifyAll(context)).found).toEqual(['origin_changed 2']);
});
