const dnsLabel = 'must be 1 to 63 lower-case letters, digits and dashes, with a letter or digit at both ends';
const label = 'must be 1 to 63 letters, digits, dots, dashes and underscores, with a letter or digit at both ends';
const variable =
  'must be the name of an environment variable: letters, digits and underscores, not beginning with a digit';
const noControl = 'must be text without control characters';
const tokenId = "must be a token's public id: 12 letters and digits";

/** What the patterns of the contract say, in words. A test walks the contract and misses none. */
export const patternSentences: Readonly<Record<string, string>> = {
  '^[0-9A-Za-z]{12}$': tokenId,
  '^([0-9A-Za-z]{12})?$': `${tokenId}, or empty`,
  '^[a-z][a-z0-9_]*\\.[a-z][a-z0-9_]*$': 'must be the name of a setting such as mail.from_address',
  '^([a-z][a-z0-9_]*)?$': 'must be the name of a group of settings such as mail, or empty',
  '^[a-z][a-z0-9_]*$': 'must be the name of a group of settings such as mail',
  '^[a-z_.]*$': 'must be an action such as host.create, or the beginning of one',
  '^[A-Z]{4}-[A-Z]{4}$': 'must be a code such as BCDF-GHJK',
  '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$': dnsLabel,
  '^[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?$':
    'must be 1 to 63 lower-case letters, digits, dots, dashes and underscores, with a letter or digit at both ends',
  '^/[^\\x00]*$': 'must be an absolute path: it begins with a slash and holds no zero byte',
  '^([0-9a-z]+-[0-9a-z]+-[0-9a-z]+)?$': 'must be the etag of a file as Stat answers it, or empty',
  '^([a-z0-9]{8,64})?$': 'must be 8 to 64 lower-case letters and digits, or empty',
  '^[a-zA-Z0-9][a-zA-Z0-9._:/@-]{2,299}$':
    'must name an image as docker pull takes it, such as docker.io/library/debian:12',
  '^[a-z0-9][a-z0-9+.-]{1,99}$': 'must be the name of a Debian package',
  '^([0-9a-f]{40}|[0-9a-f]{64})$':
    'must be a full commit id of 40 or 64 lower-case hex digits, as git rev-parse prints it',
  '^([0-9a-f]{40}|[0-9a-f]{64})?$': 'must be the whole id of a commit: 40 or 64 hex digits, or empty',
  '^sha256:[0-9a-f]{64}$': 'must be a digest: sha256: and 64 hex digits',
  '^(/.*)?$': 'must be an absolute path: it begins with a slash',
  '^([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$': `${label}, or empty`,
  '^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$': label,
  '^([A-Za-z0-9][A-Za-z0-9._/-]*)?$':
    'must be the name of a branch: letters, digits, dots, dashes, underscores and slashes',
  '^([a-z0-9]([a-z0-9._/:-]{0,98}[a-z0-9])?)?$':
    'must be the name of a template such as base: lower-case letters, digits and . _ / : -',
  '^([A-Za-z_][A-Za-z0-9._-]*|[0-9]{1,5})?$':
    'must be the name of a user or group (letters, digits and . _ -, no digit or . or - in front) or a number of at most 5 digits',
  '^[A-Za-z_][A-Za-z0-9_]{0,127}$': variable,
  '^[^\\x00-\\x1f\\x7f]*$': noControl,
  '^[^\\x00-\\x1f\\x7f]*\\S[^\\x00-\\x1f\\x7f]*$': 'must be text that is not blank, without control characters',
};

/** Says what a text has to look like. */
export function patternSentence(pattern: string): string {
  const [, prefix] = /^\^\(?([a-z]+)\[0-9a-z\]\{12,\}/.exec(pattern) ?? [];
  if (prefix !== undefined) return `must be an id that begins with ${prefix}, such as ${prefix}0123456789abcdef`;
  return patternSentences[pattern] ?? `must match ${pattern}`;
}
