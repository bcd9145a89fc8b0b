import { readFile } from 'node:fs/promises';
import { create } from '@bufbuild/protobuf';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PinComponentRequestSchema } from '#proto/muster/v1/fleet_pb.js';
import { RunRequestSchema } from '#proto/muster/v1/process_pb.js';
import { startTestControlPlane, type TestControlPlane } from '../../testing/index.ts';
import { cleanRequest } from './clean-request.ts';

let plane: TestControlPlane;
beforeAll(async () => {
  plane = await startTestControlPlane();
});
afterAll(() => plane?.stop());

const ran = (...argv: string[]) => {
  const request = create(RunRequestSchema, { argv });
  cleanRequest(RunRequestSchema, request);
  return request.argv;
};

test.each([
  [
    ['sh', '-c', '\u{feff}echo one\r\necho two\r\n'],
    ['sh', '-c', 'echo one\necho two'],
  ],
  [
    ['/bin/bash', '-lc', 'make  \t \r\n'],
    ['/bin/bash', '-lc', 'make'],
  ],
  [
    ['/usr/bin/sh', '-e', '-c', 'true\r', 'name\r'],
    ['/usr/bin/sh', '-e', '-c', 'true', 'name\r'],
  ],
])('the script of a shell is text: %j', (given, taken) => expect(ran(...given)).toEqual(taken));

test.each([[['printf', 'a\r\n ']], [['sh', 'file\r']], [['grep', '-c', '\r']], [[]]])(
  'arguments of other programs are taken byte by byte: %j',
  (argv) => expect(ran(...argv)).toEqual(argv),
);

test('reasons are one line without what a paste left at its ends, in whichever request', () => {
  const request = create(PinComponentRequestSchema, { reason: '\u{feff} until Tuesday \r\n' });
  cleanRequest(PinComponentRequestSchema, request);
  expect(request.reason).toBe('until Tuesday');
});

test('every call comes through that door, and the contract’s rules see what it leaves', async () => {
  const { hosts } = plane.admin.clients;
  const { host } = await hosts.createHost({ name: 'pasted' });
  await hosts.cordonHost({ hostId: host!.id, reason: '\u{feff}new disk \r\n' });
  const [row] = await plane.services.pool`select cordon_reason from hosts where id = ${host!.id}`;
  expect(row).toEqual({ cordon_reason: 'new disk' });
  await expect(hosts.cordonHost({ hostId: host!.id, reason: ' \r\n' })).rejects.toThrow(/reason/);
});

test('what was stored before is cleaned by a migration, and what was clean stays as it is', async () => {
  const { pool } = plane.services;
  const [{ id }] = await pool<[{ id: string }]>`select id from hosts where name = 'pasted'`;
  const reasons = [
    ['\u{feff}before\r\n it was clean \r\n', 'before\n it was clean'],
    ['clean', 'clean'],
    [' \r\n', ''],
  ] as const;
  const migration = await readFile(new URL('../../../migrations/0201_clean_texts.sql', import.meta.url), 'utf8');
  for (const [stored, cleaned] of reasons) {
    await pool`update hosts set cordon_reason = ${stored} where id = ${id}`;
    await pool`insert into component_pins (host_id, component, sha, reason, pinned_by)
      values (${id}, 'web', ${'a'.repeat(40)}, ${stored}, 'system') on conflict (host_id, component) do update set reason = excluded.reason`;
    await pool.unsafe(migration);
    const [row] =
      await pool`select cordon_reason, pin.reason from hosts join component_pins pin on pin.host_id = hosts.id where id = ${id}`;
    expect(row).toEqual({ cordon_reason: cleaned, reason: cleaned });
  }
});
