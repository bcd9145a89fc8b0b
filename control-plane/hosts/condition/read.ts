import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import type { FleetConditionSchema } from '#proto/muster/v1/host_pb.js';
import type { Sql } from '../../database/index.ts';
import type { Visibility } from '../visibility.ts';
import { findCondition } from './store.ts';

/** What stands for the whole fleet where changes of hosts are told. No host has it as its id. */
export const fleetCondition = 'fleet';

type Condition = MessageInitShape<typeof FleetConditionSchema>;

/** What concerns the whole fleet now; how large it is learns only who sees all of it. */
export async function readCondition(sql: Sql, { all }: Visibility): Promise<Condition> {
  const { since, silent, online, driftSince } = await findCondition(sql);
  return {
    disruption: since
      ? { since: timestampFromDate(since), silent: all ? (silent ?? 0) : 0, online: all ? (online ?? 0) : 0 }
      : undefined,
    driftSince: driftSince ? timestampFromDate(driftSince) : undefined,
  };
}
