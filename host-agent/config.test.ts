import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseConfig, readEnvironment } from './config.ts';

test('nothing has to be set', () => {
  const config = parseConfig({ MUSTER_AGENT_RUNTIME: '' });
  expect(config).toMatchObject({ pauseAfterMs: undefined, pauseOnExit: false, runtime: undefined, logLevel: 'info' });
  expect(config.configFile).toBe(join(config.dataDir, 'agent.json'));
});

test.each([
  ['MUSTER_AGENT_PAUSE_AFTER', 'soon', /^MUSTER_AGENT_PAUSE_AFTER must be a length of time/],
  ['MUSTER_AGENT_PAUSE_AFTER', '10ms', /at least 1s/],
  ['MUSTER_AGENT_UID_BASE', '12', /must be at least 65536/],
  ['MUSTER_AGENT_UID_BASE', 'many', /must be a whole number/],
  ['MUSTER_AGENT_MAX_SANDBOXES', '0', /must be at least 1/],
  ['MUSTER_AGENT_TEMPLATE_MIB', '1', /must be at least 16/],
  ['MUSTER_AGENT_CGROUP', '../escape', /must be the name of one cgroup/],
  ['MUSTER_AGENT_PAUSE_ON_EXIT', 'perhaps', /must be 1 or 0/],
  ['MUSTER_LOG_LEVEL', 'loud', /must be trace, debug/],
])('%s=%s is one sentence that names the variable', (name, value, sentence) => {
  expect(() => parseConfig({ [name]: value })).toThrow(sentence);
});

test('a length of time may be never', () => {
  expect(parseConfig({ MUSTER_AGENT_PAUSE_AFTER: 'never' }).pauseAfterMs).toBe(Number.POSITIVE_INFINITY);
  expect(parseConfig({ MUSTER_AGENT_PAUSE_AFTER: '90s' }).pauseAfterMs).toBe(90_000);
});

test('the environment counts more than the .env file', () => {
  const directory = mkdtempSync(join(tmpdir(), 'muster-env-'));
  writeFileSync(join(directory, '.env'), 'MUSTER_LOG_LEVEL=debug\nMUSTER_AGENT_RUNTIME=runc\n');
  const environment = readEnvironment({ MUSTER_LOG_LEVEL: 'warn' }, directory);
  rmSync(directory, { recursive: true });
  expect(parseConfig(environment)).toMatchObject({ logLevel: 'warn', runtime: 'runc' });
});
