import { accessSync, closeSync, constants, openSync, readSync } from 'node:fs';
import { chromium } from 'playwright-core';

/** Where distributions and Google put it; first the one without windows, which takes a tenth less of the processors. */
const usualPaths = [
  '/usr/lib/chromium/chromium-headless-shell',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/opt/google/chrome/chrome',
];

/** The Chromium of this machine: the one that CHROMIUM_PATH names, a usual one, or one that playwright installed. */
export function findChromium(): string | undefined {
  const named = process.env['CHROMIUM_PATH'];
  if (named) return named;
  return [...usualPaths, chromium.executablePath()].find((path) => mayRun(path) && !isSnap(path));
}

function mayRun(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Ubuntu's program is a script that calls the snap, which root's tests cannot drive: it has a /tmp of its own. */
function isSnap(path: string): boolean {
  const file = openSync(path, 'r');
  try {
    const beginning = Buffer.alloc(4096);
    return beginning.subarray(0, readSync(file, beginning)).includes('/snap/');
  } finally {
    closeSync(file);
  }
}
