/** A code as the command line shows it, from whatever was typed or linked: "abcd efgh" becomes "ABCD-EFGH". */
export function toDeviceCode(text: string): string {
  const letters = text
    .toUpperCase()
    .replaceAll(/[^A-Z]/g, '')
    .slice(0, 8);
  return letters.length > 4 ? `${letters.slice(0, 4)}-${letters.slice(4)}` : letters;
}

/** Whether a code is whole. */
export const isDeviceCode = (code: string): boolean => /^[A-Z]{4}-[A-Z]{4}$/.test(code);
