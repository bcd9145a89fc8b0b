import { setImmediate } from 'node:timers/promises';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { HostSchema, WatchHostsRequest, WatchHostsResponseSchema } from '#proto/muster/v1/host_pb.js';
import type { Context } from '../context.ts';
import { watchChanges } from '../events/index.ts';
import { fleetCondition, readCondition } from './condition/index.ts';
import type { Host } from './host.ts';
import { findHosts, findIdentity, listHosts } from './store.ts';
import { hostToProto, statusesFrom } from './view.ts';
import { visibilityOf } from './visibility.ts';

type Event = MessageInitShape<typeof WatchHostsResponseSchema>;

/** The hosts that the caller may see, now and as they change. Each answer is read anew: the database is the truth. */
export async function* watchHosts(
  context: Context,
  { hostId, hostsPerMessage }: WatchHostsRequest,
): AsyncGenerator<Event> {
  const { sql, bus, signal, caller } = context;
  const visibility = visibilityOf(caller);
  /** Of a host that the caller never saw, it does not learn that it has changed or is gone. */
  let told = new Set<string>();
  const concerns = ({ id }: { id: string }) => hostId === '' || id === hostId || id === fleetCondition;
  const identityOf = () => (hostId === '' ? undefined : findIdentity(sql, hostId));
  for await (const change of watchChanges(bus, ['host', 'condition'], signal, concerns)) {
    switch (change.kind) {
      case 'snapshot': {
        const hosts =
          hostId === '' ? await listHosts(sql, everyHost, visibility) : await findHosts(sql, [hostId], visibility);
        told = new Set(hosts.map(({ id }) => id));
        const identity = await identityOf();
        yield* snapshotOf(hosts, hostsPerMessage, (host) => hostToProto(host, caller, identity));
        const condition = await readCondition(sql, visibility);
        if (condition.disruption || condition.driftSince) yield { event: { case: 'condition', value: condition } };
        break;
      }
      case 'changed': {
        if (change.ids.includes(fleetCondition))
          yield { event: { case: 'condition', value: await readCondition(sql, visibility) } };
        const hosts = await findHosts(sql, change.ids, visibility);
        const identity = hosts.length > 0 ? await identityOf() : undefined;
        for (const id of change.ids) {
          const host = hosts.find((one) => one.id === id);
          if (host && host.status !== 'deleted') {
            told.add(id);
            yield { event: { case: 'changed', value: hostToProto(host, caller, identity) } };
          } else if (told.delete(id)) yield { event: { case: 'removedHostId', value: id } };
        }
        break;
      }
      case 'keep_alive':
        yield { event: { case: 'keepAlive', value: { at: timestampFromMs(context.clock.now()) } } };
    }
  }
}

/** All of them, in messages of so many; 0: in one. */
async function* snapshotOf(
  hosts: readonly Host[],
  most: number,
  toProto: (host: Host) => MessageInitShape<typeof HostSchema>,
): AsyncGenerator<Event> {
  const step = most || Math.max(hosts.length, 1);
  yield { event: { case: 'snapshot', value: { hosts: hosts.slice(0, step).map(toProto) } } };
  for (let at = step; at < hosts.length; at += step) {
    // Others are served in between: ten thousand hosts are some hundred milliseconds of work.
    await setImmediate();
    yield { event: { case: 'further', value: { hosts: hosts.slice(at, at + step).map(toProto) } } };
  }
}

const everyHost = {
  statuses: statusesFrom([]),
  search: '',
  teamId: '',
  owner: 'any',
  after: undefined,
  limit: 100_000,
} as const;
