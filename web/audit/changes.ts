import type { JsonObject, JsonValue } from '@bufbuild/protobuf';

/** One setting, before and after. Undefined where it was not there. */
export interface Change {
  readonly key: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
  readonly changed: boolean;
}

/**
 * What a call changed, setting by setting: those that changed first, in the order in which they were recorded. A setting
 * that stands only before, though something stands after, was left as it was: calls record what they set.
 */
export function changesOf(before: JsonObject | undefined, after: JsonObject | undefined): Change[] {
  const keys = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  const all = keys.map((key) => {
    const [was, is] = [textOf(before?.[key]), textOf(after?.[key])];
    const left = after !== undefined && is === undefined;
    return { key, before: was, after: is, changed: was !== is && !left };
  });
  return [...all.filter(({ changed }) => changed), ...all.filter(({ changed }) => !changed)];
}

function textOf(value: JsonValue | undefined): string | undefined {
  if (value === undefined) return undefined;
  return typeof value === 'string' ? value : JSON.stringify(value);
}
