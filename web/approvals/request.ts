/** One field of a request, as people read it. */
export interface RequestField {
  readonly term: string;
  readonly value: string;
}

/** A request's fields, as the server wrote them down. */
export type RequestFields = Readonly<Record<string, unknown>>;

/** Reads what exactly is asked for. Empty for what is no request. */
export function readRequest(json: string): RequestFields {
  try {
    const parsed: unknown = JSON.parse(json);
    return isFields(parsed) ? parsed : {};
  } catch {
    return {};
  }
}

const isFields = (value: unknown): value is RequestFields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const terms: Readonly<Record<string, string>> = {
  name: 'Name',
  environment: 'Environment',
  role: 'Role',
  scopes: 'Scopes',
  boundHostId: 'Only on host',
  lifetimeSeconds: 'Lifetime',
  overlapSeconds: 'Old one works on',
  identityId: 'Identity',
  credentialId: 'Credential',
  newMaker: 'By the rights of',
  teamId: 'Team',
};

/** Every field of a request, none left out: exactly this is approved. */
export const fieldsOf = (json: string): readonly RequestField[] =>
  Object.entries(readRequest(json))
    .filter(([, value]) => value !== null)
    .map(([name, value]) => ({ term: terms[name] ?? name, value: wordsOf(name, value) }));

function wordsOf(name: string, value: unknown): string {
  if (typeof value === 'number' && name.endsWith('Seconds')) return lengthOf(value);
  if (Array.isArray(value)) return value.map(String).join(', ');
  return typeof value === 'string' ? value.replaceAll('_', ' ') : JSON.stringify(value);
}

/** A length of time in whole words: "90 days", "36 hours", "0 seconds". */
function lengthOf(seconds: number): string {
  const [size, unit] =
    seconds > 0 && seconds % 86_400 === 0
      ? [86_400, 'day']
      : seconds > 0 && seconds % 3600 === 0
        ? [3600, 'hour']
        : [1, 'second'];
  const count = seconds / size;
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}
