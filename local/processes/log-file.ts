import {
  appendFileSync,
  closeSync,
  copyFileSync,
  existsSync,
  fstatSync,
  openSync,
  readSync,
  statSync,
  truncateSync,
  watch,
  type FSWatcher,
} from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import { z } from 'zod';

/** A log that grows beyond this is set aside, in the place of what was set aside before. */
const setAsideAtBytes = 10 * 1024 * 1024;
/** How often the log of a process is looked at while that runs. */
const lookEveryMs = 1000;

const lineSchema = z.looseObject({ level: z.string(), msg: z.string().default('') });

/** A line that one of our processes logged. */
export type LogLine = z.infer<typeof lineSchema>;

/** Opens a log for a process to write to: only its owner may read it. The process keeps it when we are gone. */
export function openLogFile(path: string): number {
  return openSync(path, 'a', 0o600);
}

/**
 * Sets a log aside whenever it has grown large, as long as its process runs. It is copied and emptied where it stands:
 * its writer, which appends, and its readers keep the file that they have open. Answers how to stop.
 */
export function keepSmall(path: string): () => void {
  const look = () => {
    try {
      if (statSync(path).size > setAsideAtBytes) setAside(path);
    } catch {
      // It was removed, or the disk is full: its writer has the same trouble, and says so.
    }
  };
  look();
  const timer = setInterval(look, lookEveryMs).unref();
  return () => clearInterval(timer);
}

/** Copies a log and empties it. What is written between the last look at it and its emptying is lost: some microseconds. */
function setAside(path: string): void {
  const aside = `${path}.1`;
  copyFileSync(path, aside);
  const log = openSync(path, 'r');
  try {
    // What came while that took its time.
    readPart(log, statSync(aside).size, fstatSync(log).size, (bytes) => appendFileSync(aside, bytes));
    truncateSync(path);
  } finally {
    closeSync(log);
  }
}

/** Reads a file from one position to another, in parts that are only lent. Answers where it ended. */
function readPart(file: number, from: number, to: number, take: (bytes: Buffer) => void): number {
  const chunk = Buffer.alloc(64 * 1024);
  let position = from;
  while (position < to) {
    const count = readSync(file, chunk, 0, Math.min(chunk.length, to - position), position);
    if (count === 0) break; // emptied meanwhile
    position += count;
    take(chunk.subarray(0, count));
  }
  return position;
}

/**
 * Reads along from the file's present end, also when it is emptied meanwhile; what was not read by then is left out. What
 * is no JSON is a line of its own words. Answers how to stop.
 */
export function followLog(path: string, onLine: (line: LogLine) => void): () => void {
  const file = openSync(path, 'r');
  let position = statSync(path).size;
  let text = new StringDecoder();
  let rest = '';
  const readOn = () => {
    const { size } = fstatSync(file);
    // Emptied: the end of a line that was only begun went with it.
    if (size < position) [position, text, rest] = [0, new StringDecoder(), ''];
    position = readPart(file, position, size, (bytes) => void (rest += text.write(bytes)));
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '') onLine(parseLine(line));
  };
  const watcher: FSWatcher = watch(path, readOn);
  return () => {
    watcher.close();
    readOn();
    closeSync(file);
  };
}

function parseLine(line: string): LogLine {
  try {
    return lineSchema.parse(JSON.parse(line));
  } catch {
    return { level: 'words', msg: line };
  }
}

/** The last lines that were written since a position. None where somebody has removed the log. */
export function linesSince(path: string, position: number, count: number): LogLine[] {
  if (!existsSync(path)) return [];
  const file = openSync(path, 'r');
  try {
    const size = statSync(path).size;
    // Emptied meanwhile, all of it is newer.
    const start = Math.max(position > size ? 0 : position, size - 64 * 1024);
    const chunk = Buffer.alloc(size - start);
    readSync(file, chunk, 0, chunk.length, start);
    return chunk
      .toString()
      .split('\n')
      .filter((line) => line.trim() !== '')
      .slice(-count)
      .map(parseLine);
  } finally {
    closeSync(file);
  }
}
