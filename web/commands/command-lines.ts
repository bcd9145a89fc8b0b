import { createCommandLines } from './lines.ts';

/** The commands that do what this console's buttons do. */
export const commandLines = createCommandLines(window.location.origin);
