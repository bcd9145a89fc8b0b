import {
  closeSync,
  copyFileSync,
  existsSync,
  fstatSync,
  openSync,
  readSync,
  statSync,
  truncateSync,
  watch,
  writeSync,
  type FSWatcher,
} from 'node:fs';
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
  copyFileSync(path, `${path}.1`);
  const [log, aside] = [openSync(path, 'r'), openSync(`${path}.1`, 'a')];
  try {
    // What came while that took its time.
    readFrom(log, fstatSync(aside).size, (bytes) => writeSync(aside, bytes));
    truncateSync(path);
  } finally {
    closeSync(log);
    closeSync(aside);
  }
}

/** All that stands in a file from there on, in parts that are only lent. */
function readFrom(file: number, position: number, take: (bytes: Buffer) => void): void {
  const chunk = Buffer.alloc(64 * 1024);
  for (let count = 1; count > 0; position += count) {
    count = readSync(file, chunk, 0, chunk.length, position);
    if (count > 0) take(chunk.subarray(0, count));
  }
}

/**
 * Reads along from the file's present end, also when it is emptied meanwhile. What is no JSON is a line of its own words.
 * Answers how to stop.
 */
export function followLog(path: string, onLine: (line: LogLine) => void): () => void {
  const file = openSync(path, 'r');
  let position = statSync(path).size;
  let rest = '';
  const readOn = () => {
    // Emptied: the end of a line that was only begun went with it.
    if (fstatSync(file).size < position) [position, rest] = [0, ''];
    readFrom(file, position, (bytes) => {
      position += bytes.length;
      rest += bytes.toString();
    });
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
