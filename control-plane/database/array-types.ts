import type postgres from 'postgres';

/**
 * Arrays of PostgreSQL's own types by their fixed numbers. The driver would ask for them on every new connection, and a
 * connection that breaks meanwhile takes the process with it.
 */
const arrays: Readonly<Record<string, { oid: number; parse: (text: string) => unknown }>> = {
  bools: { oid: 1000, parse: (text) => text === 't' },
  byteas: { oid: 1001, parse: (text) => Buffer.from(text.slice(2), 'hex') },
  int2s: { oid: 1005, parse: Number },
  int4s: { oid: 1007, parse: Number },
  texts: { oid: 1009, parse: (text) => text },
  varchars: { oid: 1015, parse: (text) => text },
  // 64 bits do not fit into a number: as the driver does with single ones.
  int8s: { oid: 1016, parse: (text) => text },
  float4s: { oid: 1021, parse: Number },
  float8s: { oid: 1022, parse: Number },
  timestamps: { oid: 1115, parse: (text) => new Date(`${text}Z`) },
  timestamptzs: { oid: 1185, parse: (text) => new Date(text) },
  uuids: { oid: 2951, parse: (text) => text },
};

/** For the driver's option `types`. */
export const arrayTypes: Record<string, postgres.PostgresType> = Object.fromEntries(
  Object.entries(arrays).map(([name, { oid, parse }]) => [
    name,
    { to: oid, from: [oid], serialize: arrayLiteral, parse: (text: string) => parseArrayLiteral(text, parse) },
  ]),
);

/** `{"a","b",NULL}`. */
export function arrayLiteral(values: unknown): string {
  if (!Array.isArray(values)) return String(values);
  return `{${values.map((value: unknown) => (Array.isArray(value) ? arrayLiteral(value) : elementLiteral(value))).join(',')}}`;
}

/** Hardly any text has these: looking costs a tenth of replacing. */
const special = /["\\]/;

function elementLiteral(value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  if (typeof value === 'number') return `"${value}"`;
  const text = elementText(value);
  return special.test(text) ? `"${text.replace(/["\\]/g, '\\$&')}"` : `"${text}"`;
}

function elementText(value: unknown): string {
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return `\\x${Buffer.from(value).toString('hex')}`;
  return String(value);
}

/** The elements of an array of one dimension. */
export function parseArrayLiteral<T>(text: string, parse: (element: string) => T): (T | null)[] {
  const elements = text.slice(1, -1).matchAll(/"((?:[^"\\]|\\.)*)"|([^,]+)/gs);
  return Array.from(elements, ([, quoted, plain]) => {
    if (quoted !== undefined) return parse(quoted.replace(/\\(.)/gs, '$1'));
    return plain === 'NULL' ? null : parse(plain!); // one of the two matched
  });
}
