/**
 * Text as it was meant, without what editors and other systems leave in it: a byte order mark at its beginning, carriage
 * returns at the ends of lines, blanks after the last line. A shell takes each of them for a part of a word.
 */
export const cleanText = (text: string): string =>
  text
    .replace(/^\u{feff}+/u, '')
    .replace(/\r+(?=\n|$)/g, '')
    .trimEnd();

/** The same for what is one line, which has no blanks before it either. */
export const cleanLine = (text: string): string => cleanText(text).trimStart();
