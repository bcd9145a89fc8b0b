import type { Timestamp } from '@bufbuild/protobuf/wkt';
import { PinComponentResponseSchema, UnpinComponentResponseSchema } from '#proto/muster/v1/fleet_pb.js';
import { hostIdOf } from '../hosts/find.ts';
import { printJson } from '../output/json.ts';
import { sayTime } from '../output/time.ts';
import type { Session, SessionOptions } from '../session/session.ts';

export interface PinOptions extends SessionOptions {
  readonly reason: string;
  readonly until?: Timestamp;
}

/** Holds a component of a host at a commit. */
export async function pin(
  session: Session,
  [host, component, sha]: readonly [host: string, component: string, sha: string],
  { reason, until }: PinOptions,
): Promise<void> {
  const answer = await session.fleet.pinComponent({
    hostId: await hostIdOf(session, host),
    component,
    sha,
    reason,
    until,
  });
  if (session.json) return printJson(session.stdout, PinComponentResponseSchema, answer);
  const end = until ? `until ${sayTime(until)}` : 'until somebody unpins it';
  session.stdout.write(`${component} on ${host} is held at ${sha.slice(0, 12)} ${end}.\n`);
}

/** Lets a component follow its branch again. */
export async function unpin(
  session: Session,
  [host, component]: readonly [host: string, component: string],
): Promise<void> {
  const answer = await session.fleet.unpinComponent({ hostId: await hostIdOf(session, host), component });
  if (session.json) return printJson(session.stdout, UnpinComponentResponseSchema, answer);
  session.stdout.write(`${component} on ${host} follows its branch.\n`);
}
