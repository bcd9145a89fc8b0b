import { execFile } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';

/** A machine of its own, as far as systemd looks: its own units, ours, and the programs that they start. */
const machine = mkdtempSync(join(tmpdir(), 'muster-units-'));
const units = ['muster.service', 'muster-agent.service'];
const installed = (unit: string) => join(machine, 'etc/systemd/system', unit);
const shown = (unit: string) => join('docs/examples/machines', unit);

beforeAll(() => {
  cpSync('/usr/lib/systemd/system', join(machine, 'usr/lib/systemd/system'), {
    recursive: true,
    verbatimSymlinks: true,
  });
  for (const unit of units) {
    mkdirSync(dirname(installed(unit)), { recursive: true });
    cpSync(shown(unit), installed(unit));
    const [, program] = /^ExecStart=(\S+)/m.exec(readFileSync(shown(unit), 'utf8')) ?? [];
    mkdirSync(dirname(join(machine, program!)), { recursive: true });
    writeFileSync(join(machine, program!), '#!/bin/sh\n');
    chmodSync(join(machine, program!), 0o755);
  }
});
afterAll(() => rmSync(machine, { recursive: true }));

const verify = (unit: string) =>
  promisify(execFile)('systemd-analyze', [
    'verify',
    '--man=no',
    '--recursive-errors=no',
    `--root=${machine}`,
    `/etc/systemd/system/${unit}`,
  ]);

test.each(units)('systemd accepts %s', async (unit) => {
  await expect(verify(unit)).resolves.toBeDefined();
});

test('systemd refuses a unit that says something else', async () => {
  const unit = 'muster-agent.service';
  writeFileSync(installed(unit), readFileSync(shown(unit), 'utf8').replace('KillMode=process', 'KillMode=no-such'));
  await expect(verify(unit)).rejects.toMatchObject({ stderr: expect.stringContaining('kill mode') });
});
