import { create } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { TeamRole } from '#proto/muster/v1/auth_pb.js';
import { HostSchema } from '#proto/muster/v1/host_pb.js';
import { addRefusal, countOwners, ownerKindOf, passesOwner, teamChoices } from './owner.ts';

const host = (teamId: string, teamName = '') => create(HostSchema, { id: `host${teamId}`, teamId, teamName });
const hosts = [host(''), host('team2', 'Zebra'), host('team1', 'Antelope')];

test('hosts are counted by whose they are, and the teams that have brought some are named in order', () => {
  expect(countOwners(hosts).map(({ word, count }) => `${word} ${count}`)).toEqual(['Platform 1', 'Own hosts 2']);
  expect(teamChoices([host('')])).toEqual([]);
  expect(teamChoices(hosts).map(({ word }) => word)).toEqual(['Antelope', 'Zebra']);
  expect([undefined, 'platform', 'teams', 'team1'].map(ownerKindOf)).toEqual([undefined, 'platform', 'teams', 'teams']);
});

test.each([
  [undefined, 3],
  ['platform', 1],
  ['teams', 2],
  ['team1', 1],
  ['team3', 0],
] as const)('of owner %s there are %i', (owner, count) => {
  expect(hosts.filter((one) => passesOwner(one, owner))).toHaveLength(count);
});

test('who may add a host, and why the others may not', () => {
  const team = { ownHosts: true, role: TeamRole.ADMIN, name: 'Zebra' };
  const nobody = { platformAdmin: false };
  expect(addRefusal({ platformAdmin: true }, undefined)).toBeUndefined();
  expect(addRefusal(nobody, team)).toBeUndefined();
  expect(addRefusal(nobody, { ...team, role: TeamRole.MEMBER })).toContain('Only owners and admins of Zebra');
  expect(addRefusal(nobody, { ...team, ownHosts: false })).toContain('Only a platform admin');
  expect(addRefusal(nobody, undefined)).toContain('Only a platform admin');
});
