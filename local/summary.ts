import type { Settings } from './settings.ts';
import { paint, type Screen } from './terminal/board.ts';

/** What a person does next, once everything runs. */
export function summaryOf(screen: Screen, settings: Settings, setupLink: string | undefined): string {
  const server = settings.localUrl === 'http://127.0.0.1:7080' ? '' : ` --server ${settings.localUrl}`;
  const rows: [string, string][] = [
    ['Console', settings.publicUrl],
    ...(setupLink ? [['First admin', setupLink] as [string, string]] : []),
    ['Sign in here', `npx muster login${server}`],
    ['A sandbox', `npx muster sandboxes create${server}`],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  const next = rows.map(
    ([name, value]) => `  ${paint(screen, 'dim', name.padEnd(width))}  ${paint(screen, 'bold', value)}`,
  );
  const hints = [
    ...(setupLink ? ['The link for the first admin works once, within 30 minutes.'] : []),
    'Ctrl-C pauses the sandboxes and stops everything; the next npm start goes on.',
  ];
  return ['', ...next, '', ...hints.map((hint) => `  ${paint(screen, 'dim', hint)}`), ''].join('\n');
}

/** What became of everything, once it is stopped. */
export function farewellOf(pausedSandboxes: number | undefined): string {
  const paused = pausedSandboxes
    ? `Paused ${pausedSandboxes} ${pausedSandboxes === 1 ? 'sandbox' : 'sandboxes'}; `
    : '';
  return `  ${paused}everything is stopped. npm start goes on with the same data.`.replace(/^ {2}e/, '  E');
}
