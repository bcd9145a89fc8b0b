/** A key that is wanted for an account. */
export interface WantedKey {
  /** Of the support key, or of the person. */
  readonly id: string;
  readonly kind: 'support' | 'tester';
  /** Type and key, nothing else. */
  readonly publicKey: string;
  /** Milliseconds since 1970; undefined where it has no end. */
  readonly expiresAtMs?: number | undefined;
}

/** The line of a key. Where sshd understands it, it says the end, too: for the time when no agent runs. */
export function keyLine(hostId: string, key: WantedKey, options: { readonly saysEnd: boolean }): string {
  const end = options.saysEnd && key.expiresAtMs !== undefined ? `expiry-time="${utc(key.expiresAtMs)}" ` : '';
  return `${end}${key.publicKey} ${tagOf(hostId)}${key.id}`;
}

/**
 * What a file becomes with these lines of ours in it, and none else of ours. Ours is what stands between our two markers,
 * and, wherever it stands, a marker and a line that carries our tag: a block that somebody has cut in two leaves no key
 * behind. Everything else stays byte for byte; texts are in latin1, so that every byte is one character.
 */
export function withLines(content: string, hostId: string, lines: readonly string[]): string {
  const { kept, place } = withoutOurs(content.match(/[^\n]*\n|[^\n]+$/g) ?? [], hostId);
  const block = lines.length === 0 ? [] : [beginOf(hostId), ...lines, endOf(hostId)].map((line) => `${line}\n`);
  const before = kept.slice(0, place).join('');
  const gap = block.length > 0 && before !== '' && !before.endsWith('\n') ? '\n' : '';
  return before + gap + block.join('') + kept.slice(place).join('');
}

function withoutOurs(lines: readonly string[], hostId: string): { kept: string[]; place: number } {
  const [begin, end, tag] = [beginOf(hostId), endOf(hostId), tagOf(hostId)];
  const kept: string[] = [];
  let place: number | undefined;
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at]!.trimEnd();
    const isOurs = line === begin || line === end || line.split(' ').at(-1)?.startsWith(tag);
    if (!isOurs) {
      kept.push(lines[at]!);
      continue;
    }
    place ??= kept.length;
    if (line === begin) at = closing(lines, at, begin, end) ?? at;
  }
  return { kept, place: place ?? kept.length };
}

/** Where the block ends that begins there. Undefined where its end is missing, or another one begins before it. */
function closing(lines: readonly string[], at: number, begin: string, end: string): number | undefined {
  const length = lines.slice(at + 1).findIndex((line) => line.trimEnd() === begin || line.trimEnd() === end);
  const found = at + 1 + length;
  return length !== -1 && lines[found]!.trimEnd() === end ? found : undefined;
}

/** Two agents on one machine leave each other's lines alone. */
const beginOf = (hostId: string) => `# muster ${hostId}: begin (muster-agent undoes changes from here to the end)`;
const endOf = (hostId: string) => `# muster ${hostId}: end`;
const tagOf = (hostId: string) => `muster:${hostId}:`;

/** `20261231235959Z` */
const utc = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+/, '').replaceAll(/[-:T]/g, '');
