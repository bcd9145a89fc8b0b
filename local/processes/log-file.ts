import { closeSync, existsSync, openSync, readSync, renameSync, statSync, watch, type FSWatcher } from 'node:fs';
import { z } from 'zod';

/** A log that grows beyond this is set aside when its process starts next. */
const setAsideAtBytes = 10 * 1024 * 1024;

const lineSchema = z.looseObject({ level: z.string(), msg: z.string().default('') });

/** A line that one of our processes logged. */
export type LogLine = z.infer<typeof lineSchema>;

/** Opens a log for a process to write to: only its owner may read it. The process keeps it when we are gone. */
export function openLogFile(path: string): number {
  if (existsSync(path) && statSync(path).size > setAsideAtBytes) renameSync(path, `${path}.1`);
  return openSync(path, 'a', 0o600);
}

/** Reads along from the file's present end. What is no JSON is a line of its own words. Answers how to stop. */
export function followLog(path: string, onLine: (line: LogLine) => void): () => void {
  const file = openSync(path, 'r');
  let position = statSync(path).size;
  let rest = '';
  const chunk = Buffer.alloc(64 * 1024);
  const readOn = () => {
    for (let count = 1; count > 0;) {
      count = readSync(file, chunk, 0, chunk.length, position);
      position += count;
      rest += chunk.toString('utf8', 0, count);
    }
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

/** The last lines that were written since a position. */
export function linesSince(path: string, position: number, count: number): LogLine[] {
  const file = openSync(path, 'r');
  try {
    const size = statSync(path).size;
    const start = Math.max(position, size - 64 * 1024);
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
