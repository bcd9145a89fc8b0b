const types = { csv: 'text/csv', jsonl: 'application/jsonl' } as const;

/** Lets the browser save pieces as one file, named with today's date. */
export function saveFile(name: string, pieces: Uint8Array<ArrayBuffer>[], kind: keyof typeof types): void {
  const address = URL.createObjectURL(new Blob(pieces, { type: types[kind] }));
  const link = document.createElement('a');
  link.href = address;
  link.download = `${name}-${new Date().toISOString().slice(0, 10)}.${kind}`;
  link.click();
  URL.revokeObjectURL(address);
}
