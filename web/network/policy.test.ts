import { create } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { EgressAction, EgressDefault, EgressPolicySchema, EgressProtocol } from '#proto/muster/v1/network_pb.js';
import { NetworkMode } from '#proto/muster/v1/sandbox_pb.js';
import { networkRequest, networkValuesOf, noNetworkValues, parsePorts, policyLines, rulesError } from './policy.ts';

const policy = create(EgressPolicySchema, {
  default: EgressDefault.DENY,
  resolveNames: true,
  rules: [
    {
      action: EgressAction.ALLOW,
      cidr: '203.0.113.0/24',
      protocol: EgressProtocol.TCP,
      ports: [{ first: 443 }, { first: 8000, last: 8999 }],
    },
  ],
});

test.each([
  ['', []],
  ['443', [{ first: 443, last: 0 }]],
  [
    '80, 8000-8999',
    [
      { first: 80, last: 0 },
      { first: 8000, last: 8999 },
    ],
  ],
  ['90-80', undefined],
  ['0', undefined],
  ['70000', undefined],
  ['http', undefined],
])('ports “%s” are read', (text, ranges) => {
  expect(parsePorts(text)).toEqual(ranges);
});

test('a policy goes through a form unharmed', () => {
  const { network, egress } = networkRequest(networkValuesOf(NetworkMode.EGRESS, policy));
  expect(network).toBe(NetworkMode.EGRESS);
  expect(create(EgressPolicySchema, egress)).toEqual(policy);
});

test('one address is a range of one, and what is a default is not said', () => {
  const rule = {
    line: 0,
    action: EgressAction.DENY,
    cidr: '192.0.2.7',
    ports: '',
    protocol: EgressProtocol.UNSPECIFIED,
  };
  const values = { ...noNetworkValues, network: NetworkMode.EGRESS };
  expect(networkRequest({ ...values, rules: [rule] }).egress?.rules?.[0]?.cidr).toBe('192.0.2.7/32');
  expect(networkRequest(values)).toEqual({ network: NetworkMode.EGRESS });
  expect(networkRequest(noNetworkValues)).toEqual({ network: NetworkMode.UNSPECIFIED });
});

test.each(['example.org', '300.0.0.1', '10.0.0.0/33', ''])('“%s” is no range of addresses', (cidr) => {
  expect(
    rulesError([{ line: 0, action: EgressAction.ALLOW, cidr, ports: '', protocol: EgressProtocol.UNSPECIFIED }]),
  ).toContain('no range');
});

test('a policy is said in its order', () => {
  expect(policyLines(NetworkMode.EGRESS, policy)).toEqual([
    'may reach 203.0.113.0/24 port 443, 8000-8999 by TCP',
    'nothing else; names are resolved',
  ]);
  expect(policyLines(NetworkMode.EGRESS, undefined)).toEqual(['everything but private addresses']);
  expect(policyLines(NetworkMode.NONE, undefined)).toEqual(['none']);
});
