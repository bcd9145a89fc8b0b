import type { MessageInitShape } from '@bufbuild/protobuf';
import type { KeyDeliverySchema } from '#proto/muster/v1/tester_key_pb.js';
import type { Context } from '../../context.ts';
import { readTeamKeys } from '../read.ts';
import { findRecipients } from './due.ts';

/** How far the keys of a team have come into its sandboxes. */
export async function readDelivery(
  context: Context,
  teamId: string,
): Promise<MessageInitShape<typeof KeyDeliverySchema>> {
  const all = await findRecipients(context, await readTeamKeys(context, [teamId]));
  const waiting = all.filter(({ hasThem }) => !hasThem);
  const delivered = all.length - waiting.length;
  const why = waiting.find(({ problem }) => problem !== '')?.problem;
  return { sandboxes: all.length, delivered, sentence: sentenceOf(all.length, delivered, why) };
}

function sentenceOf(sandboxes: number, delivered: number, why: string | undefined): string {
  if (sandboxes === 0) return 'No sandbox runs yet: each gets the keys when it starts.';
  if (delivered === sandboxes)
    return sandboxes === 1 ? 'The sandbox has them.' : `All ${sandboxes} sandboxes have them.`;
  const how = why ?? 'The others get them as soon as their machines can be reached.';
  return `${delivered} of ${sandboxes} sandboxes have them. ${how}`;
}
