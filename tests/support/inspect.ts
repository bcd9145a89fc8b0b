import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { accessibilityFindings, desktop, phone, picture, type AccessibilityRules } from './browser.ts';

/** Each view changes one thing of the one before. What colours cannot change is not asked again in the dark. */
const views = [
  { name: 'light-desktop', colorScheme: 'light', viewport: desktop, rules: 'all' },
  { name: 'dark-desktop', colorScheme: 'dark', viewport: desktop, rules: 'colours' },
  { name: 'dark-phone', colorScheme: 'dark', viewport: phone, rules: 'colours' },
  { name: 'light-phone', colorScheme: 'light', viewport: phone, rules: 'all' },
] as const satisfies { rules: AccessibilityRules; [more: string]: unknown }[];

/** The page in both modes and both widths: without findings, not wider than the window, and kept as pictures. */
export async function inspect(page: Page, name: string): Promise<void> {
  for (const { name: view, colorScheme, viewport, rules } of views) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize(viewport);
    await settled(page);
    await picture(page, `${name}-${view}`);
    const findings = await accessibilityFindings(page, rules);
    expect(findings, `${name}, ${view}: ${findings.join('\n')}`).toEqual([]);
    const overflow = () =>
      page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    // An open hint follows its anchor a moment after the window has changed.
    await expect.poll(overflow, { message: `${name} scrolls sideways, ${view}` }).toBeLessThanOrEqual(0);
  }
  await page.setViewportSize(desktop);
  await settled(page);
}

/** Until nothing moves: what is pressed while it moves may miss its press. */
async function settled(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    await frame();
    await frame();
    const ends = ({ playState, effect }: Animation) =>
      playState === 'running' && effect?.getComputedTiming().endTime !== Infinity;
    await Promise.allSettled(
      document
        .getAnimations()
        .filter(ends)
        .map(({ finished }) => finished),
    );
  });
}
