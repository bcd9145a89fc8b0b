import type { DescField } from '@bufbuild/protobuf';
import { Code, type Interceptor } from '@connectrpc/connect';
import { Reason } from '#proto/muster/v1/errors_pb.js';
import { recordAudit } from '../audit/index.ts';
import type { Context } from '../context.ts';
import { Refusal } from '../errors.ts';

/** Writes down that somebody whom we know tried what they may not. Floods by strangers are counted by the metrics instead. */
export async function auditDenied(
  context: Context,
  action: string,
  target: string | undefined,
  error: unknown,
): Promise<void> {
  if (!(error instanceof Refusal) || error.code !== Code.PermissionDenied || context.caller.kind === 'anonymous')
    return;
  // What a user inside of a sandbox may not do there says nothing about our callers.
  if (error.reason === Reason.FILE_PERMISSION) return;
  try {
    await recordAudit(context.sql, context, { action, target, outcome: 'denied', reason: error.message });
  } catch (failure) {
    context.log.error({ err: failure, action }, 'a denied attempt could not be written to the audit log');
  }
}

/** The id of what a request is about: the first of its fields that names a thing by id. */
export function targetOf(
  request: Pick<Parameters<ReturnType<Interceptor>>[0], 'stream' | 'method' | 'message'>,
): string | undefined {
  if (request.stream) return undefined;
  const isId = ({ name, fieldKind }: DescField) =>
    fieldKind === 'scalar' && name.endsWith('_id') && name !== 'request_id' && name !== 'team_id';
  const field = request.method.input.fields.find(isId);
  const value: unknown = field && Object.entries(request.message).find(([name]) => name === field.localName)?.[1];
  return typeof value === 'string' && value !== '' ? value : undefined;
}
