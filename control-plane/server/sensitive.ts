import type { DescMessage, DescMethod, Message } from '@bufbuild/protobuf';
import { sensitivityOf, type Sensitive } from '../access/index.ts';
import type { NoteUse, Use } from '../audit/index.ts';
import type { Context } from '../context.ts';
import type { Asked } from './asked.ts';
import type { NoteAhead } from './request-context.ts';

/** A call that leaves a row although it changes nothing that has one. */
export interface SensitiveCall {
  /** To be awaited before anything is answered: the handler has found the thing, and that the caller may do it. */
  readonly beforeAnswer: () => Promise<void>;
  /** To be awaited by the handler once it has found that, before the host is asked. */
  readonly ahead: NoteAhead;
}

/** How a call is noted that is about to be handled; undefined for those that are not. */
export function sensitiveCall(
  noteUse: NoteUse,
  context: Context,
  method: DescMethod,
  { seen }: Asked,
): SensitiveCall | undefined {
  const row = sensitivityOf(method);
  if (!row || row.written === 'handler') return undefined;
  return {
    beforeAnswer: async () => {
      if (row.written === 'before') await noteUse(context, useOf(row, method.input, seen()));
    },
    ahead: async (teamId) => {
      await noteUse(context, { ...useOf(row, method.input, seen()), teamId });
    },
  };
}

function useOf({ action, target, tells = [] }: Sensitive, input: DescMessage, request: Message | undefined): Use {
  const values = new Map<string, unknown>(Object.entries(request ?? {}));
  const told = tells.flatMap((name) => {
    const text = shown(values.get(name));
    return text === '' ? [] : [[name, text] as const];
  });
  const teamId = input.field['teamId'] && shown(values.get('teamId'));
  return {
    action,
    target: (target && shown(values.get(target))) || undefined,
    ...(teamId && { teamId }),
    ...(told.length > 0 && { details: Object.fromEntries(told) }),
  };
}

/** A field as a row tells it; of one that is a path, in either form, the path. */
function shown(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString();
  return typeof value === 'object' && value !== null && 'value' in value ? shown(value.value) : '';
}
