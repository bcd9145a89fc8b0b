import { pino } from 'pino';
import { Registry } from 'prom-client';
import { systemClock } from '../../clock.ts';
import { parseConfig } from '../../config.ts';
import type { Services } from '../../context.ts';
import type { Pool } from '../../database/index.ts';
import { openEventBus } from '../../events/index.ts';
import { openInstallation } from '../../installation/index.ts';

/** What a replica is made of, on this database. */
export async function openServices(pool: Pool, databaseUrl: string, dataDir: string): Promise<Services> {
  const log = pino({ level: 'silent' });
  const config = parseConfig({ DATABASE_URL: databaseUrl, MUSTER_DATA_DIR: dataDir });
  return {
    config,
    log,
    clock: systemClock,
    pool,
    bus: await openEventBus(pool, log),
    installation: await openInstallation(pool, config, systemClock),
    replicaId: 'replica-1',
    publicUrl: 'http://127.0.0.1:7080',
    replicaUrl: '',
    build: { version: '0.0.0', commitSha: '' },
    metrics: new Registry(),
  };
}
