import type { Logger } from 'pino';
import { readBuildInfo } from './build-info.ts';
import type { Clock } from './clock.ts';
import type { Config } from './config.ts';
import { systemContext, type Context, type Services } from './context.ts';
import { DatabaseClock, databaseProblem, migrate, newId, openPool, type Pool } from './database/index.ts';
import { openEventBus } from './events/index.ts';
import { openFeatures, type Features } from './features.ts';
import { openInstallation, useMasterKey, type MasterKeyUse } from './installation/index.ts';
import { adoptBootstrapKey, warnWhereNobodyGetsIn } from './keys/index.ts';
import { registerLoopMetrics, startLoops, type Loop, type LoopRunner } from './loops/index.ts';
import { openOidc, settlePlatformAdmins } from './sso/index.ts';
import { newMetrics, openPort, openTls, startServer, type Port, type Tls } from './server/index.ts';

/** One running replica of the control plane. */
export interface Replica {
  /** Where it listens. */
  readonly url: string;
  readonly services: Services;
  readonly features: Features;
  readonly loops: LoopRunner;
  /** A context of our own, that ends with the replica. */
  readonly context: Context;
  /** Lets unary calls finish, ends streams, loops and connections, then closes the database. */
  stop(patienceMs?: number): Promise<void>;
}

export interface ReplicaParts {
  readonly config: Config;
  readonly log: Logger;
  /** The database's by default. */
  readonly clock?: Clock;
  /** All of them by default; tests of one feature bring fewer. */
  readonly features?: (services: Services) => Features;
}

/** A quartz drifts by less than a millisecond in that time; a machine that was suspended is behind. */
const followClockEveryMs = 5_000;

/** Starts a replica: port, database, installation, features, server, loops. Throws a StartupError with one sentence. */
export async function startReplica({ config, log, clock, features = openFeatures }: ReplicaParts): Promise<Replica> {
  const tls = config.tls && (await openTls(config.tls, log));
  const port = await openPort(config.listen, tls?.door);
  const pool = openPool(config.databaseUrl.reveal(), log);
  const databaseClock = new DatabaseClock(pool, log);
  let keyUse: MasterKeyUse | undefined;
  try {
    keyUse = await useMasterKey({ config, log });
    const parts = { config, log, clock: clock ?? databaseClock, features };
    return await assemble(port, tls, pool, databaseClock, keyUse, parts);
  } catch (error) {
    await port.closed(0);
    await keyUse?.release();
    await pool.end({ timeout: 1 });
    throw databaseProblem(error) ?? error;
  }
}

async function assemble(
  port: Port,
  tls: Tls | undefined,
  pool: Pool,
  databaseClock: DatabaseClock,
  keyUse: MasterKeyUse,
  parts: Required<ReplicaParts>,
): Promise<Replica> {
  const { config, log, clock } = parts;
  const { applied } = await migrate(pool);
  if (applied.length > 0) log.info({ applied }, 'the database was brought to this version');
  await databaseClock.follow();
  const installation = await openInstallation(pool, config, clock);
  const url = `${tls ? 'https' : 'http'}://${reachable(config.listen.host)}:${port.port}`;
  const publicUrl = config.publicUrl ?? url;
  const services: Services = {
    config,
    log,
    clock,
    pool,
    bus: await openEventBus(pool, log),
    installation,
    replicaId: newId('replica'),
    replicaUrl: config.replicaUrl ?? url,
    publicUrl,
    oidc: config.signIn.mode === 'oidc' ? openOidc(config.signIn, publicUrl, log) : undefined,
    build: await readBuildInfo(),
    metrics: newMetrics(),
  };
  tls?.registerMetrics(services.metrics);
  const ending = new AbortController();
  await adoptBootstrapKey(systemContext(services, ending.signal));
  await warnWhereNobodyGetsIn(systemContext(services, ending.signal));
  await settlePlatformAdmins(systemContext(services, ending.signal));
  const features = parts.features(services);
  const server = startServer(port, services, features);
  const followClock: Loop = {
    name: 'database.clock',
    everyMs: followClockEveryMs,
    singleton: false,
    run: () => databaseClock.follow(),
  };
  const loops = startLoops(services, [followClock, ...(tls ? [tls.loop] : []), ...features.loops]);
  registerLoopMetrics(services.metrics, loops);
  log.info(
    { url, publicUrl: services.publicUrl, installation: installation.id, replica: services.replicaId },
    'the control plane serves',
  );
  return {
    url,
    services,
    features,
    loops,
    context: systemContext(services, ending.signal),
    async stop(patienceMs) {
      await server.drain(patienceMs);
      ending.abort();
      await loops.stop();
      await features.close();
      await server.close();
      await services.bus
        .close()
        .catch((error: unknown) => log.debug({ err: error }, 'the database was not told that nobody listens'));
      await keyUse.release();
      // Nothing is under way any more; a connection that broke would be waited for until then.
      await pool.end({ timeout: 2 });
      log.info('the control plane has stopped');
    },
  };
}

/** An address that this machine reaches itself by, also where it listens on all of them. */
function reachable(host: string): string {
  if (host === '' || host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}
