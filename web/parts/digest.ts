/** The beginning of a digest, enough to tell it from others: `44e4cf41d572` of `sha256:44e4cf41d572…`. */
export const shortDigest = (digest: string): string => digest.slice(digest.indexOf(':') + 1).slice(0, 12);
