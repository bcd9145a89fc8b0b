/** A field of a row: absent, text, or bytes. An absent field and an empty one are two things. */
export type Field = string | Uint8Array | null;

const absent = 0;
const text = 1;
const bytes = 2;
/** One byte for the kind, four for the length. */
const prefixLength = 5;

/**
 * The bytes of a list of fields, one after the other, each with its kind and length before it: no two lists share their
 * bytes. Texts must be well-formed, as PostgreSQL's are: half a surrogate pair would be encoded as a replacement.
 */
export function encodeFields(fields: readonly Field[]): Buffer {
  const lengths = fields.map(lengthOf);
  const encoded = Buffer.allocUnsafe(lengths.reduce((sum, length) => sum + prefixLength + length, 0));
  let at = 0;
  for (const [index, field] of fields.entries()) {
    const length = lengths[index]!; // one per field
    encoded.writeUInt8(kindOf(field), at);
    encoded.writeUInt32BE(length, at + 1);
    at += prefixLength;
    if (typeof field === 'string') encoded.write(field, at, 'utf8');
    else if (field !== null) encoded.set(field, at);
    at += length;
  }
  return encoded;
}

const kindOf = (field: Field): number => (field === null ? absent : typeof field === 'string' ? text : bytes);

const lengthOf = (field: Field): number =>
  field === null ? 0 : typeof field === 'string' ? Buffer.byteLength(field) : field.byteLength;
