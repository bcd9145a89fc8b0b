import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { createProgram } from './program.ts';

const root = join(import.meta.dirname, '..');
const pages = ['README.md', ...readdirSync(join(root, 'docs')).map((name) => join('docs', name))].filter((name) =>
  name.endsWith('.md'),
);

/** The command lines in the examples of a page, word by word, without what is piped into them and without comments. */
function linesOf(page: string): string[][] {
  const blocks = readFileSync(join(root, page), 'utf8').split(/^\s*```.*$/m);
  return blocks
    .filter((_, at) => at % 2 === 1)
    .flatMap((block) => block.replaceAll('\\\n', ' ').split('\n'))
    .flatMap((line) => /(?:^|\| )(?:npx )?muster (.*?)(?: {2,}#.*| \|.*)?$/.exec(line.trim())?.[1] ?? [])
    .map((line) => line.split(/\s+/));
}

/** What is wrong with a line: a command or an option that there is not. */
function problemOf(program: Command, words: readonly string[]): string | undefined {
  let command = program;
  let rest = words;
  for (;;) {
    const next = command.commands.find((one) => one.name() === rest[0] || one.aliases().includes(rest[0] ?? ''));
    if (!next) break;
    command = next;
    rest = rest.slice(1);
  }
  const takesWords = command.commands.length === 0 || command.registeredArguments.length > 0;
  if (!takesWords && rest[0] && !rest[0].startsWith('-')) return `no such command: ${rest[0]}`;
  // What comes after is another program's.
  const own = rest.includes('--') ? rest.slice(0, rest.indexOf('--')) : rest;
  const flags = own.filter((word) => word.startsWith('--')).map((word) => word.replace(/=.*/, ''));
  const unknown = flags.filter((flag) => flag !== '--help' && !command.options.some(({ long }) => long === flag));
  return unknown.length > 0 ? `no such option: ${unknown.join(' ')}` : undefined;
}

test('every command line that the documentation shows is one that there is', () => {
  const nothing = { isTTY: false, write: () => true };
  const program = createProgram(
    {
      environment: {},
      stdin: { isPiped: false, async *[Symbol.asyncIterator]() {} },
      stdout: nothing,
      stderr: nothing,
      signal: new AbortController().signal,
    },
    () => {},
  );
  expect(problemOf(program, ['fleet', 'asert'])).toBe('no such command: asert');
  expect(problemOf(program, ['fleet', 'wait', '--for', '1m'])).toBe('no such option: --for');
  const lines = pages.flatMap((page) => linesOf(page).map((words) => ({ page, words })));
  expect(lines.length).toBeGreaterThan(50);
  const wrong = lines.flatMap(({ page, words }) => {
    const problem = problemOf(program, words);
    return problem ? [`${page}: muster ${words.join(' ')}: ${problem}`] : [];
  });
  expect(wrong).toEqual([]);
});
