import { afterAll, expect, test } from 'vitest';
import { startTestControlPlane } from '../testing/index.ts';

const controlPlane = await startTestControlPlane();
afterAll(() => controlPlane.stop());

test('a user token stands for its user', async () => {
  const { caller } = await controlPlane.admin.clients.auth.getCaller({});
  expect(caller).toMatchObject({ userId: controlPlane.admin.id, name: 'Ada', platformAdmin: true, activeTeamId: controlPlane.admin.teamId });
});
