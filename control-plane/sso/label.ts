import { createHash } from 'node:crypto';

const longest = 63;
const mark = '--';
const hashDigits = 12;
/** Names that are labels as they are. None of them looks like one that was made from another name. */
const isLabel = (name: string) =>
  name.length <= longest && /^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$/.test(name) && !name.includes(mark);

/**
 * The form of a name that can stand in a label: the name itself where it can, else what remains of it, with a hash of
 * the whole. The same name has the same label always, and two names never share one: `ada` is not `Ada`, and neither is
 * the one with a Cyrillic letter.
 */
export function labelOf(name: string): string {
  if (isLabel(name)) return name;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, hashDigits);
  const rest = name
    .toLowerCase()
    .replace(/[^a-z0-9._]+/g, '-')
    .slice(0, longest - mark.length - hashDigits)
    .replace(/^[-._]+|[-._]+$/g, '');
  return rest === '' ? `x${mark}${hash}` : `${rest}${mark}${hash}`;
}
