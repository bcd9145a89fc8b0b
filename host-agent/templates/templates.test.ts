import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sourcesFrom } from './apt-sources.ts';
import { buildTemplate } from './build.ts';
import { openTemplates, UnknownTemplate } from './templates.ts';

let directory: string;
beforeEach(() => void (directory = mkdtempSync(join(tmpdir(), 'muster-templates-'))));
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** A recipe that leaves a small root behind, and a mark for each time that it ran. */
const small = (line = 'true') => ({
  name: 'small',
  command: [
    'sh',
    '-c',
    `echo "I: building" >&2; ${line}; echo ran >> ${directory}/runs; mkdir -p "$0/var/lib/dpkg" && echo packages > "$0/var/lib/dpkg/status"`,
  ],
  sources: async () => '',
});
const build = (recipe: ReturnType<typeof small>, signal?: AbortSignal) =>
  buildTemplate(recipe, {
    target: join(directory, 'target'),
    lock: join(directory, 'lock'),
    onProgress: () => {},
    signal,
  });

test('agents that ask at once build once', async () => {
  await Promise.all([build(small('sleep 0.2')), build(small('sleep 0.2')), build(small('sleep 0.2'))]);
  expect(readFileSync(join(directory, 'runs'), 'utf8')).toBe('ran\n');
  expect(existsSync(join(directory, 'target/template.json'))).toBe(true);
});

test('a failed build says why and leaves no template', async () => {
  await expect(build(small('echo "E: no such mirror" >&2; exit 1'))).rejects.toThrow('E: no such mirror');
  expect(existsSync(join(directory, 'target'))).toBe(false);
});

test('an aborted build ends at once, and the next one starts afresh', async () => {
  const abort = new AbortController();
  const building = build(small('sleep 60'), abort.signal);
  abort.abort(new Error('stop'));
  await expect(building).rejects.toThrow('stop');
  expect(existsSync(join(directory, 'target'))).toBe(false);
  await build(small());
  expect(existsSync(join(directory, 'target/root'))).toBe(true);
});

test('what is not finished is not ready, and what nobody can make is refused', async () => {
  const templates = openTemplates(directory);
  mkdirSync(join(directory, 'templates/base/half/root'), { recursive: true });
  writeFileSync(join(directory, 'templates/stray'), '');
  expect(await templates.list()).toEqual([]);
  await expect(templates.prepare('../../etc', () => {})).rejects.toBeInstanceOf(UnknownTemplate);
  await expect(templates.prepare('constructor', () => {})).rejects.toBeInstanceOf(UnknownTemplate);
});

test("only the distribution's own repositories of this release make a base", () => {
  const listed = [
    'http://deb.debian.org/debian/|bookworm|main|Debian',
    'http://deb.debian.org/debian/|bookworm|main|Debian',
    'http://deb.debian.org/debian-security/|bookworm-security|main|Debian',
    'http://deb.debian.org/debian/|trixie|main|Debian',
    'https://packages.example.com/|bookworm|main|Somebody',
    '',
  ].join('\n');
  expect(sourcesFrom(listed, 'bookworm')).toBe(
    'deb http://deb.debian.org/debian-security/ bookworm-security main\ndeb http://deb.debian.org/debian/ bookworm main\n',
  );
});

test('a version that another recipe has replaced is still known: stopped sandboxes and snapshots stand on it', async () => {
  const templates = openTemplates(directory);
  const told = { name: 'base', digest: `sha256:${'a'.repeat(64)}` };
  for (const version of ['0123456789abcdef', 'fedcba9876543210.building']) {
    mkdirSync(join(directory, 'templates/base', version, 'root'), { recursive: true });
    writeFileSync(join(directory, 'templates/base', version, 'template.json'), JSON.stringify(told));
  }
  const root = join(directory, 'templates/base/0123456789abcdef/root');
  expect(await templates.versions()).toEqual([{ ...told, root }]);
  expect(await templates.list()).toEqual([]);
});
