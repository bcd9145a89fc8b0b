/** What an address of a file names. */
export interface FileAddress {
  readonly sandboxId: string;
  /** Absolute, as bytes: names need not be text. */
  readonly path: Buffer;
}

const form = /^\/sandboxes\/(sbx[0-9a-z]{12,})\/files\/(.*)$/s;

export const isFileAddress = (path: string): boolean => form.test(path);

/** Reads `/sandboxes/{id}/files/{path}`. Undefined for what is no such address. */
export function fileAddress(path: string): FileAddress | undefined {
  const [, sandboxId, rest] = form.exec(path) ?? [];
  if (sandboxId === undefined || rest === undefined) return undefined;
  return { sandboxId, path: Buffer.from(`/${decodeBytes(rest)}`, 'latin1') };
}

/** Each %XX is one byte, whatever it means; a percent sign without two digits stands for itself. */
const decodeBytes = (text: string): string =>
  Buffer.from(text, 'utf8')
    .toString('latin1')
    .replaceAll(/%([0-9a-f]{2})/gi, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
