import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate, timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { AlertOverviewSchema, WatchAlertsResponseSchema } from '#proto/muster/v1/alert_pb.js';
import type { Context } from '../context.ts';
import { watchChanges } from '../events/index.ts';
import { countFiring } from './alert-store.ts';
import { readSampledAt } from './condition-store.ts';

type Event = MessageInitShape<typeof WatchAlertsResponseSchema>;

/** How many alerts fire, now and whenever anything about them has changed. What has changed is in the lists. */
export async function* watchAlerts(context: Context): AsyncGenerator<Event> {
  const { bus, clock, signal } = context;
  for await (const { kind } of watchChanges(bus, ['alert'], signal)) {
    const at = timestampFromMs(clock.now());
    yield kind === 'keep_alive'
      ? { event: { case: 'keepAlive', value: { at } } }
      : { event: { case: 'overview', value: { ...(await overview(context)), at } } };
  }
}

async function overview({ sql }: Context): Promise<MessageInitShape<typeof AlertOverviewSchema>> {
  const [counts, sampledAt] = [await countFiring(sql), await readSampledAt(sql)];
  return {
    firing: counts.reduce((sum, { firing }) => sum + firing, 0),
    lookedAt: sampledAt ? timestampFromDate(sampledAt) : undefined,
  };
}
