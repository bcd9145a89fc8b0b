import type { Logger } from 'pino';
import { readBuildInfo } from '../build-info.ts';
import { systemClock } from '../clock.ts';
import type { Config } from '../config.ts';
import { systemContext, type Context } from '../context.ts';
import { databaseProblem, migrate, newId, openPool } from '../database/index.ts';
import { openInstallation } from '../installation/index.ts';
import { newMetrics } from '../server/index.ts';

/** A context of the system's own, without a server. Commands change the database; replicas hear of it there. */
export async function openAdminContext(
  config: Config,
  log: Logger,
): Promise<{ context: Context; close: () => Promise<void> }> {
  const pool = openPool(config.databaseUrl.reveal(), log, { max: 2 });
  try {
    await migrate(pool);
    const services = {
      config,
      log,
      clock: systemClock,
      pool,
      // A command waits for no changes.
      bus: { subscribe: () => () => {}, close: async () => {} },
      installation: await openInstallation(pool, config, systemClock),
      replicaId: newId('replica'),
      publicUrl: config.publicUrl ?? `http://${config.listen.host || '127.0.0.1'}:${config.listen.port}`,
      replicaUrl: '',
      build: await readBuildInfo(),
      metrics: newMetrics(),
    };
    return { context: systemContext(services, AbortSignal.timeout(60_000)), close: () => pool.end({ timeout: 5 }) };
  } catch (error) {
    await pool.end({ timeout: 1 });
    throw databaseProblem(error) ?? error;
  }
}
