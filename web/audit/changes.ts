import type { JsonObject, JsonValue } from '@bufbuild/protobuf';

/** One setting, before and after. Undefined where it was not there. */
export interface Change {
  readonly key: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
  readonly changed: boolean;
}

/** What a call changed, setting by setting: those that changed first, in the order in which they were recorded. */
export function changesOf(before: JsonObject = {}, after: JsonObject = {}): Change[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const all = keys.map((key) => {
    const [was, is] = [textOf(before[key]), textOf(after[key])];
    return { key, before: was, after: is, changed: was !== is };
  });
  return [...all.filter(({ changed }) => changed), ...all.filter(({ changed }) => !changed)];
}

function textOf(value: JsonValue | undefined): string | undefined {
  if (value === undefined) return undefined;
  return typeof value === 'string' ? value : JSON.stringify(value);
}
