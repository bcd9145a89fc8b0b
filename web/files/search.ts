import { searchWord, type RawSearch } from '../parts/search.ts';
import { fromPercent, percentPath, root, type FilePath } from './path.ts';

export const sortKeys = ['name', 'size', 'mode', 'owner', 'modified'] as const;
export type SortKey = (typeof sortKeys)[number];

/** What the address of the file browser says. */
export interface FilesSearch {
  /** The directory; the root where absent. Text as it is. */
  readonly path?: string | undefined;
  /** The directory where its path is no text: with %XX for each such byte. */
  readonly raw?: string | undefined;
  /** The file that is open, by its whole path, likewise. */
  readonly file?: string | undefined;
  readonly rawFile?: string | undefined;
  readonly sort?: SortKey | undefined;
  readonly descending?: 'yes' | undefined;
  readonly hidden?: 'shown' | undefined;
}

/** Longer than any path can be with all its bytes as %XX. */
const maxLength = 3 * 4096;

function absolute(raw: RawSearch, name: string): string | undefined {
  const value = raw[name];
  return typeof value === 'string' && value.startsWith('/') && value.length <= maxLength && !value.includes('\0')
    ? value
    : undefined;
}

export const parseFilesSearch = (raw: RawSearch): FilesSearch => ({
  path: absolute(raw, 'path'),
  raw: absolute(raw, 'raw'),
  file: absolute(raw, 'file'),
  rawFile: absolute(raw, 'rawFile'),
  sort: searchWord(raw, 'sort', sortKeys),
  descending: searchWord(raw, 'descending', ['yes']),
  hidden: searchWord(raw, 'hidden', ['shown']),
});

const read = (text: string | undefined, raw: string | undefined): FilePath | undefined => {
  if (raw !== undefined) return fromPercent(raw);
  return text === undefined ? undefined : { case: 'path', value: text };
};

export const directoryOf = ({ path, raw }: FilesSearch): FilePath => read(path, raw) ?? root;
export const openFileOf = ({ file, rawFile }: FilesSearch): FilePath | undefined => read(file, rawFile);

type Shown = Pick<FilesSearch, 'sort' | 'descending' | 'hidden'>;
const shownAs = ({ sort, descending, hidden }: Shown): Shown => ({ sort, descending, hidden });

/** The address of a directory; how it is sorted stays. */
export const searchOf = (before: FilesSearch, directory: FilePath): FilesSearch =>
  directory.case === 'path'
    ? { ...shownAs(before), path: directory.value === '/' ? undefined : directory.value }
    : { ...shownAs(before), raw: percentPath(directory) };

/** The address of a file that is open, over the directory where it lies. */
export const searchOfFile = (before: FilesSearch, directory: FilePath, file: FilePath): FilesSearch => ({
  ...searchOf(before, directory),
  ...(file.case === 'path' ? { file: file.value } : { rawFile: percentPath(file) }),
});
