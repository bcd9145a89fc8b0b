import { create } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { ComponentState, FleetHostSchema } from '#proto/muster/v1/fleet_pb.js';
import { firstHosts, groupHosts, groupingsOf, type HostGroup } from './groups.ts';

const host = (hostName: string, state: ComponentState, labels: Record<string, string> = {}, teamName = '') =>
  create(FleetHostSchema, { hostName, state, labels, teamName });
const hosts = [
  host('a', ComponentState.BEHIND, { zone: 'cellar' }),
  host('b', ComponentState.CURRENT, { zone: 'attic' }, 'Blue'),
  host('c', ComponentState.BEHIND),
];
const lines = (groups: readonly HostGroup[]) =>
  groups.map(({ name, hosts: its }) => `${name}: ${its.map(({ hostName }) => hostName).join(' ')}`);

test('hosts are grouped by state, by team and by what a label says', () => {
  expect(groupingsOf(hosts).map(({ value }) => value)).toEqual(['state', 'team', 'label:zone']);
  expect(lines(groupHosts(hosts, 'state'))).toEqual(['Behind: a c', 'Current: b']);
  expect(lines(groupHosts(hosts, 'team'))).toEqual(['The installation’s own: a c', 'Blue: b']);
  expect(lines(groupHosts(hosts, 'label:zone'))).toEqual(['zone=cellar: a', 'zone=attic: b', 'Without zone: c']);
  expect(lines(groupHosts(hosts, undefined))).toEqual([': a b c']);
});

test('the first of many stay in their groups, and a group of which none is drawn has no heading', () => {
  expect(lines(firstHosts(groupHosts(hosts, 'state'), 1))).toEqual(['Behind: a']);
  expect(lines(firstHosts(groupHosts(hosts, 'state'), 9))).toEqual(['Behind: a c', 'Current: b']);
});
