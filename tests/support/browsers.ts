import type { Browser } from 'playwright-core';

/** The browsers that the present test file has opened. */
export const openBrowsers = new Set<Browser>();
