import { MethodOptions_IdempotencyLevel } from '@bufbuild/protobuf/wkt';
import { Code } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sessionCookie } from '../auth/index.ts';
import { openFeatures } from '../features.ts';
import { startTestControlPlane } from '../testing/index.ts';
import { methods } from './methods.ts';
import { call, nameOf, requestOf } from './testing/matrix-calls.ts';
import { newSession, newWorld, thingsOfNoTeam, type PeopledWorld } from './testing/matrix-world.ts';

// Without loops: whatever is written, a call wrote.
const controlPlane = await startTestControlPlane({
  features: (services) => ({ ...openFeatures(services), loops: [] }),
  users: false,
});
const { pool, publicUrl } = controlPlane.services;
const transport = createConnectTransport({ baseUrl: controlPlane.url, httpVersion: '2' });
afterAll(() => controlPlane.stop());

/** How often something was done. */
const counters = new Set(['use_windows', 'sign_in_limits', 'rate_limits']);

/** What is written without a row of its own, by which method. */
const beside: Readonly<Record<string, string>> = {
  // These only ask: what comes of it has a row.
  StartDeviceLogin: 'device_logins',
  StartPasskey: 'passkey_challenges',
  // That a team has keys at all, which it locks to look whether there is one to clear.
  ClearProviderKey: 'keyrings',
};

let world: PeopledWorld;
let headers: Record<string, string>;
beforeAll(async () => {
  world = await newWorld(controlPlane.services);
  await pool`update users set platform_admin = true where id = ${world.ownerId}`;
  const { cookie } = await newSession(pool, world.ownerId);
  headers = { cookie: `${sessionCookie(publicUrl).name}=${cookie}`, origin: publicUrl };
  await pool`create table test_writes (name text not null)`;
  await pool.unsafe(`
    create function note_write() returns trigger language plpgsql as $$
      begin insert into test_writes values (tg_table_name); return null; end $$;
    do $$ declare name text; begin
      for name in select table_name from information_schema.tables
        where table_schema = 'public' and table_type = 'BASE TABLE' and table_name <> 'test_writes'
      loop
        execute format('create trigger note_write after insert or update or delete on %I for each row execute function note_write()', name);
      end loop;
    end $$`);
  await pool`alter table audit_events add constraint full_disk check (action = 'nothing') not valid`;
});

const changing = methods
  .flatMap(([{ methods: all }]) => all)
  .filter(({ idempotency }) => idempotency !== MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS);

test('while the audit takes no row, no method of any service changes anything', async () => {
  const changed: string[] = [];
  const stopped = new Set<string>();
  for (const method of changing) {
    const name = nameOf(method);
    for (const things of [world, { ...world, ...(await thingsOfNoTeam(controlPlane.services)) }]) {
      await pool`delete from test_writes`;
      const code = await call(method, requestOf(method, things), headers, transport);
      if (code === Code.Internal) stopped.add(name);
      const rows = await pool<{ name: string }[]>`select distinct name from test_writes order by name`;
      const written = rows
        .map((row) => row.name)
        .filter((table) => !counters.has(table) && table !== beside[method.name]);
      if (written.length > 0) changed.push(`${name}: ${written.join(', ')}`);
    }
  }
  expect(changed).toEqual([]);
  // The others come to no change with what stands in this world: what they ask for is not there, or no host is connected.
  expect(stopped.size).toBeGreaterThan(changing.length / 3);
}, 180_000);
