import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseSettings } from './config-file.ts';

const parse = (plain: unknown) => parseSettings('/etc/agent.json', JSON.stringify(plain));
const probe = { kind: 'worktree', path: '/srv/web' };
const withProbe = (other: object) => ({ components: [{ name: 'web', repository: 'web', probe: other }] });

test('everything is optional', () => {
  const nothing = { components: [], pauseAfterMs: undefined, updates: new Map(), access: [] };
  expect(parseSettings('/etc/agent.json', undefined)).toEqual(nothing);
  expect(parse({})).toEqual(nothing);
});

test('components and pause_after are read', () => {
  const component = { name: 'web', repository: 'web', probe: { ...probe, process: { unit: 'web.service' } } };
  expect(parse({ pause_after: '90s', components: [component] })).toMatchObject({
    pauseAfterMs: 90_000,
    components: [component],
  });
  expect(parse({ pause_after: 'never' }).pauseAfterMs).toBe(Number.POSITIVE_INFINITY);
});

test.each([
  [{ pause_after: 'soon' }, /pause_after must be a length of time/],
  [{ component: [] }, /component/],
  [{ access: ['tester'] }, /access must be accounts with whose keys they take/],
  [{ access: { 'A B': [] } }, /access must name accounts of this machine/],
  [{ access: { tester: ['all'] } }, /access\.tester\.0 must be "support" or "testers"/],
  [{ components: [{ name: 'Web', repository: 'web', probe }] }, /components\.0\.name must be 1 to 63/],
  [
    { components: [{ name: 'web', repository: 'web', probe: { kind: 'magic' } }] },
    /probe\.kind must be "worktree", "file", "http" or "command"/,
  ],
  [
    { components: [{ name: 'web', repository: 'web', probe: { ...probe, path: 'srv' } }] },
    /path must be an absolute path/,
  ],
  [{ components: [{ name: 'web', repository: 'web', probe: { ...probe, process: {} } }] }, /process must be/],
  [withProbe({ kind: 'http', url: 'ftp://127.0.0.1/' }), /probe\.url must be an address that begins with http/],
  [withProbe({ kind: 'http', url: 'http://me:pw@127.0.0.1/' }), /probe\.url must be .* without a user name/],
  [
    withProbe({ kind: 'http', url: 'http://127.0.0.1/', timeout: '1h' }),
    /probe\.timeout must be a length of time from/,
  ],
  [withProbe({ kind: 'command', command: 'app --version' }), /probe\.command must be a list/],
  [withProbe({ kind: 'command', command: ['app'] }), /probe\.command must begin with the absolute path/],
  [withProbe({ kind: 'command', command: [] }), /probe\.command must/],
  [withProbe({ kind: 'command', command: ['/app'], asks: 'god' }), /probe\.asks must be "process" or "disk"/],
  [{ components: [0, 1].map(() => ({ name: 'web', repository: 'web', probe })) }, /names a component twice/],
  [{ components: [{ name: 'muster-agent', repository: 'web', probe }] }, /may not name muster-agent/],
])('%j is refused, and the field is named', (plain, sentence) => {
  expect(() => parse(plain)).toThrow(sentence);
});

test('text that is not JSON is refused with the name of the file', () => {
  expect(() => parseSettings('/etc/agent.json', '{')).toThrow(/^\/etc\/agent\.json is not JSON/);
});

test.each(['README.md', 'docs/fleet.md', 'docs/rollouts.md'])(
  'the example of %s is taken as it stands there',
  (page) => {
    const text = readFileSync(join(import.meta.dirname, '../..', page), 'utf8');
    const examples = [...text.matchAll(/^```json\n(.*?)^```/gms)].map(([, json = '']) => parseSettings(page, json));
    expect(examples).toHaveLength(1);
    expect(examples[0]!.components.length + examples[0]!.updates.size).toBeGreaterThan(0);
  },
);
