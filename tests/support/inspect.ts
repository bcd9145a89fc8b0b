import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { accessibilityFindings, desktop, phone, picture } from './browser.ts';

/** The page in both modes and both widths: without findings, not wider than the window, and kept as pictures. */
export async function inspect(page: Page, name: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const [width, viewport] of Object.entries({ desktop, phone })) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize(viewport);
      await picture(page, `${name}-${colorScheme}-${width}`);
      expect(await accessibilityFindings(page), `${name}, ${colorScheme}, ${width}`).toEqual([]);
      const overflow = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      expect(overflow, `${name} scrolls sideways, ${width}`).toBeLessThanOrEqual(0);
    }
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize(desktop);
}
