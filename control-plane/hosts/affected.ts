import { Code } from '@connectrpc/connect';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { Reason } from '#proto/muster/v1/errors_pb.js';
import { HostHasSandboxesSchema, type AffectedSandboxSchema } from '#proto/muster/v1/host_pb.js';
import type { Sql } from '../database/index.ts';
import { Refusal } from '../errors.ts';
import type { AffectedSandbox, SandboxesOnHosts } from './sandboxes-on-hosts.ts';

/** So many are named in a refusal's sentence, and so many in its detail. */
const inSentence = 10;
const inDetail = 100;

/** Refuses to end a host that still has sandboxes, and names them: running, paused and stopped. */
export async function requireNoSandboxes(
  sql: Sql,
  sandboxes: SandboxesOnHosts,
  host: { readonly id: string; readonly name: string },
): Promise<void> {
  const live = await sandboxes.listLive(sql, host.id, { limit: inDetail });
  if (live.length === 0) return;
  const total = live.length < inDetail ? live.length : await sandboxes.countLive(sql, host.id);
  const named = live.slice(0, inSentence).map(({ id, state }) => `${id} (${state.toLowerCase()})`);
  const rest = total > named.length ? ` and ${total - named.length} more` : '';
  const count = total === 1 ? '1 sandbox' : `${total} sandboxes`;
  throw new Refusal(
    Code.Aborted,
    Reason.HOST_HAS_SANDBOXES,
    `${host.name} still has ${count}: ${named.join(', ')}${rest}.`,
    {
      help: 'Drain the host first, or delete it with force, which destroys them with their files.',
      details: [
        { desc: HostHasSandboxesSchema, value: { sandboxes: live.map(affectedToProto), totalSandboxes: total } },
      ],
    },
  );
}

export const affectedToProto = (sandbox: AffectedSandbox): MessageInitShape<typeof AffectedSandboxSchema> => ({
  sandboxId: sandbox.id,
  teamId: sandbox.teamId,
  teamName: sandbox.teamName,
  state: sandbox.state,
  template: sandbox.template,
  createdAt: timestampFromDate(sandbox.createdAt),
});
