import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { openBrowsers } from './browsers.ts';
import { findChromium } from './chromium.ts';
import { repositoryRoot } from './process.ts';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** A real Chromium that asks nothing of the network beyond the page it shows. */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error('There is no Chromium here: npm run packages says what to do.');
  const browser = await chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  openBrowsers.add(browser);
  browser.on('disconnected', () => openBrowsers.delete(browser));
  return browser;
}

/** How long a page may take for one step, on a machine that is loaded. */
export const patienceMs = 90_000;

export const desktop = { width: 1280, height: 800 };
export const phone = { width: 390, height: 844 };

/** Which of axe's rules: all that we keep to, or those alone that judge colours. */
export type AccessibilityRules = 'all' | 'colours';

/** To describe all that passes as well takes as long as to find what does not. */
const resultTypes = ['violations'];

const axeRules = {
  all: { resultTypes, runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] },
  colours: { resultTypes, runOnly: { type: 'rule', values: ['color-contrast', 'link-in-text-block'] } },
} satisfies Record<AccessibilityRules, object>;

/** What axe finds wrong on the page as it stands, in words. Empty is right. */
export async function accessibilityFindings(page: Page, rules: AccessibilityRules = 'all'): Promise<string[]> {
  // Through the protocol and not as a script element: the page's own rules forbid those. Half a megabyte, so only once.
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axeSource);
  return page.evaluate(async (options) => {
    // axe was put into the page a line above.
    const { axe } = globalThis as unknown as {
      axe: {
        run(
          context: Element | Document,
          options: object,
        ): Promise<{
          violations: { id: string; nodes: { html: string; failureSummary: string; target: string[] }[] }[];
        }>;
      };
    };
    const { violations } = await axe.run(document, options);
    // What a bar happens to lie over is judged again where no bar is: one can scroll there.
    const isTooSmall = async (target: string[]) => {
      const [button, before] = [document.querySelector(target[0]!), window.scrollY];
      if (!button) return true;
      button.scrollIntoView({ block: 'center', behavior: 'instant' });
      const again = await axe.run(button, { runOnly: { type: 'rule', values: ['target-size'] } });
      window.scrollTo({ top: before, behavior: 'instant' });
      return again.violations.length > 0;
    };
    for (const one of violations.filter(({ id }) => id === 'target-size')) {
      const small = [];
      for (const node of one.nodes) if (await isTooSmall(node.target)) small.push(node);
      one.nodes = small;
    }
    // An open menu or hint lies over the page: it belongs to none of its regions.
    const isAbove = (target: string[]) => Boolean(document.querySelector(target[0]!)?.closest('[data-base-ui-portal]'));
    return violations
      .map(({ id, nodes }) => ({ id, nodes: nodes.filter(({ target }) => id !== 'region' || !isAbove(target)) }))
      .filter(({ nodes }) => nodes.length > 0)
      .map(
        ({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join(' | ')}`,
      );
  }, axeRules[rules]);
}

/** Keeps a picture of the page where `MUSTER_SCREENSHOTS` names a directory; for people to look at. */
export async function picture(page: Page, name: string): Promise<void> {
  const directory = process.env['MUSTER_SCREENSHOTS'];
  if (directory === undefined) return;
  const target = join(repositoryRoot, directory);
  mkdirSync(target, { recursive: true });
  await page.screenshot({ path: join(target, `${name}.png`), fullPage: true });
}

/** What went wrong in the page by itself: uncaught errors and errors on its console. */
export function watchForTrouble(page: Page): string[] {
  const trouble: string[] = [];
  page.on('pageerror', (error) => trouble.push(String(error)));
  page.on('console', (message) => {
    // A refused call is an answer to the page, which shows it; the browser logs it all the same.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      trouble.push(message.text());
  });
  return trouble;
}
