import { CliError } from '../../failure/cli-error.ts';
import { exitCodes } from '../../failure/exit-codes.ts';

/** One end of a copy. Paths are bytes, as names on Linux are. */
export type Place =
  | { readonly kind: 'local'; readonly path: Buffer }
  | { readonly kind: 'sandbox'; readonly sandboxId: string; readonly path: Buffer };

/** Reads `sbx…:/path`; anything else is a path of this machine. */
export function placeOf(text: string): Place {
  const [, sandboxId, path] = /^(sbx[0-9a-z]{12,}):(.*)$/s.exec(text) ?? [];
  if (sandboxId === undefined || path === undefined) return { kind: 'local', path: Buffer.from(text) };
  if (path.startsWith('/')) return { kind: 'sandbox', sandboxId, path: Buffer.from(path) };
  throw new CliError(
    `The path in a sandbox has to be absolute: ${sandboxId}:/${path.replace(/^\.?\/*/, '')}`,
    exitCodes.usage,
  );
}

const slash = Buffer.from('/');

/** A path and a name below it. */
export function below(path: Buffer, name: Buffer): Buffer {
  if (name.length === 0) return path;
  return Buffer.concat([path, ...(path.at(-1) === slash[0] ? [] : [slash]), name]);
}

/** The last name of a path; empty for the root, `.` and `..`. */
export function lastName(path: Buffer): Buffer {
  const text = path.toString('latin1').replace(/\/+$/, '');
  const name = text.slice(text.lastIndexOf('/') + 1);
  return Buffer.from(name === '.' || name === '..' ? '' : name, 'latin1');
}

/** A path for people: what is no text is shown as well as it can be. */
export const shown = (path: Buffer): string => path.toString();
