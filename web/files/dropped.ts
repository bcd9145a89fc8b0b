/** A file that was dropped, with the way to it inside what was dropped. */
export interface Dropped {
  /** `photos/2024/a.png`, or only the name. */
  readonly way: string;
  readonly file: File;
}

/** All files of a drop, also those in directories. */
export async function droppedFiles(transfer: DataTransfer): Promise<readonly Dropped[]> {
  // What was dropped is gone after the first wait, so it is taken all at once.
  const found = [...transfer.items].flatMap((item) => {
    const [entry, file] = [item.webkitGetAsEntry(), item.getAsFile()];
    if (entry) return filesOf(entry, '');
    return file ? Promise.resolve([{ way: file.name, file }]) : [];
  });
  return (await Promise.all(found)).flat();
}

async function filesOf(entry: FileSystemEntry, before: string): Promise<readonly Dropped[]> {
  const way = `${before}${entry.name}`;
  if (isFile(entry)) return [{ way, file: await new Promise<File>((resolve, reject) => entry.file(resolve, reject)) }];
  if (!isDirectory(entry)) return [];
  const found: Dropped[] = [];
  const reader = entry.createReader();
  const more = () => new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
  // A directory is told in parts, the last one empty.
  for (let part = await more(); part.length > 0; part = await more())
    for (const child of part) found.push(...(await filesOf(child, `${way}/`)));
  return found;
}

const isFile = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile;
const isDirectory = (entry: FileSystemEntry): entry is FileSystemDirectoryEntry => entry.isDirectory;
