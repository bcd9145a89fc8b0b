import type { Services } from '../context.ts';
import { openConnection, type Connection, type Sql } from '../database/index.ts';

/** Shared by every replica that runs; whoever changes the master key has it alone. */
const lock = 7_080_003;
const tryAgainMs = 1_000;

/** A replica works with the master key. */
export interface MasterKeyUse {
  release(): Promise<void>;
}

/** Tells everybody, through the database, that a replica works with the master key, until it is released. */
export async function useMasterKey({ config, log }: Pick<Services, 'config' | 'log'>): Promise<MasterKeyUse> {
  let released = false;
  let again: NodeJS.Timeout | undefined;
  let connection: Connection | undefined;
  const take = async () => {
    const onClose = () => {
      if (!released) again = setTimeout(() => void take().catch(() => connection?.end()), tryAgainMs);
    };
    connection = openConnection(config.databaseUrl.reveal(), log, { onClose });
    await connection.sql`select pg_advisory_lock_shared(${lock})`;
  };
  const release = async () => {
    released = true;
    clearTimeout(again);
    await connection?.end();
  };
  try {
    await take();
  } catch (error) {
    await release();
    throw error;
  }
  return { release };
}

/** Keeps replicas from starting until the transaction ends. Answers false where one runs. */
export async function lockMasterKey(sql: Sql): Promise<boolean> {
  const [row] = await sql<{ taken: boolean }[]>`select pg_try_advisory_xact_lock(${lock}) as taken`;
  return row!.taken; // one row always
}
