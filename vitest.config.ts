import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['**/*.test.{ts,tsx}'],
    exclude: ['**/node_modules/**', 'web/dist/**', '.muster/**', '.cache/**'],
    environment: 'node',
    pool: 'forks',
    // Two files at a time: 57 files that start agents, sandboxes and networks were run so, and none met another.
    maxWorkers: 2,
    // A worker keeps its modules from file to file: to load them anew for each took a tenth of the whole. What a file
    // changes beyond itself (mocks, environment, timers) it puts back.
    isolate: false,
    // The programs that tests start are compiled once, as under npm.
    env: { NODE_COMPILE_CACHE: join(import.meta.dirname, '.cache', 'compiled') },
    globalSetup: ['tests/setup/postgres.ts'],
    setupFiles: ['tests/setup/evidence.ts'],
    // Far above what anything takes, also on a busy machine: they are for what hangs.
    testTimeout: 180_000,
    hookTimeout: 300_000,
    // A machine that is loaded stalls for seconds; what becomes true is still answered at once.
    expect: { poll: { timeout: 60_000 } },
    // Processes and databases are closed in hooks; a run that hangs afterwards leaks one.
    teardownTimeout: 30_000,
  },
});
