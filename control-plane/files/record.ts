import { recordAudit } from '../audit/index.ts';
import type { Context } from '../context.ts';

/** Either form of a path in a request. */
interface Path {
  readonly value?: string | Uint8Array | undefined;
}

/** A path as the trail shows it: what is no text is shown as well as it can be. */
const shown = ({ value }: Path): string => (typeof value === 'string' ? value : Buffer.from(value ?? []).toString());

/** What is done to which paths. */
export interface FileChange {
  readonly deed: 'write' | 'upload' | 'make_directory' | 'move' | 'remove' | 'set_permissions';
  readonly path: Path;
  readonly to?: Path;
  /** What else the call asks for; never content. */
  readonly wanted?: Readonly<Record<string, string | number | boolean>>;
}

/**
 * One row for each call that changes files, written before the host is asked: no audit, no change. What the sandbox's own
 * kernel then refuses was asked for all the same.
 */
export const recordFileChange = (
  context: Context,
  sandbox: { readonly id: string; readonly teamId: string },
  { deed, path, to, wanted }: FileChange,
): Promise<void> =>
  recordAudit(context.sql, context, {
    action: `file.${deed}`,
    target: sandbox.id,
    teamId: sandbox.teamId,
    after: { path: shown(path), ...(to && { to: shown(to) }), ...wanted },
  });
