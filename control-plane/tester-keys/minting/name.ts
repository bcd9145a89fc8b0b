/** One try to mint one key: what a key at a provider is called by, so that one whose answer was lost is found again. */
export interface Try {
  readonly installationId: string;
  readonly id: string;
  readonly attempt: number;
}

export const nameOfTry = ({ installationId, id, attempt }: Try): string => `Muster ${installationId} ${id}.${attempt}`;

/** The try that a key was minted by; undefined for keys that are none of ours. */
export function tryOf(name: string): Try | undefined {
  const [, installationId, id, attempt] = /^Muster (\S+) (mkey[0-9a-z]+)\.(\d{1,9})$/.exec(name) ?? [];
  return installationId && id ? { installationId, id, attempt: Number(attempt) } : undefined;
}
