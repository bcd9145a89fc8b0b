import { afterEach } from 'vitest';
import { openBrowsers } from '../support/browsers.ts';

const longestText = 2_000;

// What stood on the pages when a test failed is a part of its failure: on another machine nobody can look.
afterEach(async ({ task }) => {
  const [failure] = task.result?.errors ?? [];
  if (failure === undefined || openBrowsers.size === 0) return;
  const pages = [...openBrowsers].flatMap((browser) => browser.contexts().flatMap((context) => context.pages()));
  const shown = await Promise.all(
    pages.map(async (page) => {
      const text = await page.evaluate(() => document.body.innerText).catch(String);
      return `${page.url()}\n${text.replaceAll(/\n\s*/g, '\n').slice(0, longestText)}`;
    }),
  );
  failure.message += `\n\nThe pages showed:\n${shown.join('\n\n')}`;
});
