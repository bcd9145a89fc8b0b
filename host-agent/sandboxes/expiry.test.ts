import { afterAll, beforeAll, expect, test } from 'vitest';
import { Place } from './testing/place.ts';

let place: Place;
beforeAll(async () => void (place = await Place.open()), 180_000);
afterAll(() => place.close());

const reason = 'Its time was over while its host could not reach the control plane.';

test('what is to become of sandboxes is done to those whose time is over, and to no others', async () => {
  const [paused, stopped, destroyed, lasting, told] = await Promise.all([
    place.create({ expiresInMs: 0, onExpiry: 'pause' }),
    place.create({ expiresInMs: 0, onExpiry: 'stop' }),
    place.create({ expiresInMs: 0, onExpiry: 'destroy' }),
    place.create({ expiresInMs: 3_600_000, onExpiry: 'destroy' }),
    place.create({ expiresInMs: 0 }),
  ]);
  const ended = await place.sandboxes.endExpired();
  expect([...ended].sort()).toEqual([paused, stopped, destroyed].sort());
  expect(place.state(paused)).toMatchObject({ state: 'paused', pausedByAgent: false, reason });
  expect(place.state(stopped)).toMatchObject({ state: 'stopped', reason });
  expect(place.state(destroyed)).toBeUndefined();
  for (const id of [lasting, told]) expect(place.state(id)).toMatchObject({ state: 'running' });
  expect(await place.sandboxes.endExpired()).toEqual([]);
}, 60_000);

test('those whose time is over are frozen first, and go on where they were renewed', async () => {
  const [paused, renewed, over, lasting] = await Promise.all([
    place.create({ expiresInMs: 0, onExpiry: 'pause' }),
    place.create({ expiresInMs: 0, onExpiry: 'destroy' }),
    place.create({ expiresInMs: 0, onExpiry: 'stop' }),
    place.create({ expiresInMs: 3_600_000, onExpiry: 'destroy' }),
  ]);
  expect([...(await place.sandboxes.freezeExpired())].sort()).toEqual([paused, renewed, over].sort());
  for (const id of [renewed, over])
    expect(place.state(id)).toMatchObject({ state: 'paused', pausedByAgent: true, reason });
  expect(place.state(lasting)).toMatchObject({ state: 'running' });
  expect(place.state(paused)).toMatchObject({ state: 'paused', pausedByAgent: false, reason });
  const expiry = { sandboxId: renewed, attempt: 1, onExpiry: 'destroy', expiresInMs: 3_600_000 } as const;
  await place.sandboxes.setExpiries([expiry], 2);
  await place.reopen();
  await place.sandboxes.resumePausedByAgent();
  expect(place.state(renewed)).toMatchObject({ state: 'running' });
  expect(place.state(over)).toMatchObject({ state: 'paused', pausedByAgent: true });
  expect(await place.sandboxes.endExpired()).toEqual([over]);
  expect(place.state(over)).toMatchObject({ state: 'stopped' });
}, 60_000);

test('a renewed sandbox lives on, also under the next agent, and an older word takes nothing back', async () => {
  const id = await place.create({ expiresInMs: 0, onExpiry: 'destroy' });
  const expiry = { sandboxId: id, attempt: 1, onExpiry: 'destroy' } as const;
  await place.sandboxes.setExpiries([{ ...expiry, expiresInMs: 3_600_000 }], 2);
  await place.sandboxes.setExpiries([{ ...expiry, expiresInMs: 0 }], 1);
  expect(await place.sandboxes.endExpired()).toEqual([]);
  await place.reopen();
  expect(await place.sandboxes.endExpired()).toEqual([]);
  expect(place.state(id)).toMatchObject({ state: 'running' });
  await place.sandboxes.setExpiries([{ ...expiry, expiresInMs: undefined }], 3);
  expect(await place.sandboxes.endExpired()).toEqual([]);
  await place.sandboxes.setExpiries([{ ...expiry, expiresInMs: 0 }], 4);
  await place.reopen();
  expect(await place.sandboxes.endExpired()).toEqual([id]);
  expect(place.state(id)).toBeUndefined();
}, 60_000);
