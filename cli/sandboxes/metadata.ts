import { create } from '@bufbuild/protobuf';
import { UpdateSandboxMetadataResponseSchema } from '#proto/muster/v1/sandbox_pb.js';
import { printJson } from '../output/json.ts';
import { sayPairs } from '../output/pairs.ts';
import type { Session, SessionOptions } from '../session/session.ts';

/** Options of `muster sandboxes metadata`. */
export interface MetadataOptions extends SessionOptions {
  readonly set?: Readonly<Record<string, string>>;
  readonly remove?: readonly string[];
  readonly ifRevision?: number;
}

/** Changes pairs of a sandbox's metadata, or says what there is. */
export async function setMetadata(
  session: Session,
  sandboxId: string,
  { set = {}, remove = [], ifRevision }: MetadataOptions,
): Promise<void> {
  const isQuestion = Object.keys(set).length + remove.length === 0;
  const { sandbox } = isQuestion
    ? await session.sandboxes.getSandbox({ sandboxId })
    : await session.sandboxes.updateSandboxMetadata({
        sandboxId,
        set: { ...set },
        remove: [...remove],
        ...(ifRevision !== undefined && { expectedRevision: BigInt(Math.trunc(ifRevision)) }),
      });
  // Both answers hold the sandbox alone.
  if (session.json)
    return printJson(
      session.stdout,
      UpdateSandboxMetadataResponseSchema,
      create(UpdateSandboxMetadataResponseSchema, sandbox && { sandbox }),
    );
  session.stdout.write(`${sandboxId}: ${sayPairs(sandbox?.metadata ?? {}) || 'no metadata'}\n`);
}
