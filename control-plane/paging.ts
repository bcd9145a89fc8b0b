import { invalidField } from './errors.ts';

/** A page of a list, and the token of the next one where there is more. */
export interface Page<Row> {
  readonly rows: Row[];
  readonly nextPageToken: string;
}

/** How many rows a page has: what was asked for, or the default. */
export const pageSize = (asked: number, fallback = 100): number => (asked > 0 ? asked : fallback);

/** Cuts a page from `size + 1` rows. `keyOf` answers the row's place in the order, as the next query wants it. */
export function pageOf<Row>(rows: readonly Row[], size: number, keyOf: (row: Row) => readonly string[]): Page<Row> {
  const page = rows.slice(0, size);
  const last = rows.length > size ? page.at(-1) : undefined;
  return {
    rows: page,
    nextPageToken: last === undefined ? '' : Buffer.from(JSON.stringify(keyOf(last))).toString('base64url'),
  };
}

/**
 * The place after which the page begins; undefined for the first page. `fields` say what each part of the key looks
 * like: a token is the caller's input. Throws `invalid_argument` for anything that is no token of this list.
 */
export function placeFrom(token: string, fields: readonly RegExp[]): string[] | undefined {
  if (token === '') return undefined;
  const key = parse(Buffer.from(token, 'base64url').toString());
  const parts = Array.isArray(key) ? key.filter((part): part is string => typeof part === 'string') : [];
  if (parts.length === fields.length && fields.every((field, at) => field.test(parts[at] ?? ''))) return parts;
  throw invalidField('page_token', 'This page token does not belong to this list: begin with the first page.');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
