import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { WatchTesterResponseSchema } from '#proto/muster/v1/tester_pb.js';
import type { Context } from '../context.ts';
import { watchChanges } from '../events/index.ts';
import { presentTester } from './change.ts';
import { findTesters } from './store.ts';
import { testerToProto } from './view.ts';

type Event = MessageInitShape<typeof WatchTesterResponseSchema>;

/** All testers (or one of them), as they change; each answer is read anew. Ends with the one that is watched. */
export async function* watchTesters(context: Context, testerId: string): AsyncGenerator<Event> {
  const { sql, bus, signal, clock } = context;
  if (testerId !== '') await presentTester(sql, testerId);
  const concerns = ({ id }: { id: string }) => testerId === '' || id === testerId;
  for await (const change of watchChanges(bus, ['tester'], signal, concerns)) {
    if (change.kind === 'keep_alive') {
      yield { event: { case: 'keepAlive', value: { at: timestampFromMs(clock.now()) } } };
      continue;
    }
    const ids = change.kind === 'changed' ? change.ids : testerId === '' ? [] : [testerId];
    const found = await findTesters(sql, ids);
    const gone = ids.filter((id) => !found.some((tester) => tester.id === id));
    if (change.kind === 'snapshot') yield { event: { case: 'snapshot', value: { testers: found.map(testerToProto) } } };
    else for (const tester of found) yield { event: { case: 'changed', value: testerToProto(tester) } };
    for (const id of gone) yield { event: { case: 'removed', value: id } };
    if (testerId !== '' && gone.length > 0) return;
  }
}
