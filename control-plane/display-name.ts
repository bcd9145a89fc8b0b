import { invalidField } from './errors.ts';

/** What cannot be seen, or turns the direction of reading: with it one name looks like another. */
const invisible =
  /\u{34f}|[\u{17b4}-\u{17b5}]|[\u{180b}-\u{180f}]|[\u{ad}\u{61c}\u{115f}\u{1160}\u{200b}\u{200e}\u{200f}\u{202a}-\u{202e}\u{2060}-\u{206f}\u{3164}\u{feff}\u{ffa0}\u{fff9}-\u{fffb}\u{e0000}-\u{e007f}]/gu;
/** Joiners belong to some scripts and to emoji; beside Latin letters they only hide. */
const joinersBesideLatin = /(?<=\p{Script=Latin})[\u{200c}\u{200d}]+|[\u{200c}\u{200d}]+(?=\p{Script=Latin})/gu;

/** A name as it is kept and shown: one form for what looks the same, nothing hidden in it. Refuses one of which nothing is left. */
export function displayName(field: string, text: string): string {
  const name = text
    .normalize('NFC')
    .replace(invisible, '')
    .replace(joinersBesideLatin, '')
    .replace(/\s+/gu, ' ')
    .trim();
  if (name === '') throw invalidField(field, `${field} must be text that can be seen.`);
  return name;
}
