import { create } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { ComponentState, FleetHostSchema } from '#proto/muster/v1/fleet_pb.js';
import { drawnByGroup, groupHosts, groupingsOf, linesOf, type HostGroup } from './groups.ts';

const host = (hostName: string, state: ComponentState, labels: Record<string, string> = {}, teamName = '') =>
  create(FleetHostSchema, { hostId: hostName, hostName, state, labels, teamName });
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

test('lines are the headings of groups and their hosts, each host with its place in its group', () => {
  const all = linesOf(groupHosts(hosts, 'state'));
  const said = Array.from({ length: all.count }, (_, at) =>
    all.hostAt(at) ? `${all.hostAt(at)?.hostName} ${all.placeAt(at)}` : all.keyAt(at),
  );
  expect(said).toEqual(['group Behind', 'a 1', 'c 2', 'group Current', 'b 1']);
  const ungrouped = linesOf(groupHosts(hosts, undefined));
  expect([ungrouped.count, ungrouped.hostAt(0)?.hostName, ungrouped.placeAt(2)]).toEqual([3, 'a', 3]);
  const drawn = drawnByGroup(all, [{ index: 2 }, { index: 3 }]);
  expect(drawn.map(({ group, drawn: its }) => [group.name, its.length])).toEqual([
    ['Behind', 1],
    ['Current', 1],
  ]);
});
