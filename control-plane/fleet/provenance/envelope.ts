import { verify } from 'node:crypto';
import { z } from 'zod';
import { invalidField } from '../../errors.ts';
import type { TrustedKey } from './key.ts';

/** What a statement says, once its signature is known to be of a trusted key. */
export interface Provenance {
  readonly keyId: string;
  readonly commit: string;
  /** The SHA-256 of each thing that was built, in hex. */
  readonly artifacts: readonly string[];
}

const payloadType = 'application/vnd.in-toto+json';

/** https://github.com/secure-systems-lab/dsse/blob/v1.0.0/envelope.md */
const envelopeSchema = z.object({
  payloadType: z.literal(payloadType),
  payload: z.string(),
  signatures: z
    .array(z.object({ sig: z.string() }))
    .min(1)
    .max(20),
});

const dependency = z.object({ uri: z.string().optional(), digest: z.record(z.string(), z.string()).optional() });

/** https://in-toto.io/Statement with https://slsa.dev/provenance, of which the commits are read. */
const statementSchema = z.object({
  _type: z.enum(['https://in-toto.io/Statement/v1', 'https://in-toto.io/Statement/v0.1']),
  subject: z
    .array(z.object({ digest: z.record(z.string(), z.string()) }))
    .min(1)
    .max(100),
  predicate: z.object({
    buildDefinition: z.object({ resolvedDependencies: z.array(dependency) }).optional(),
    materials: z.array(dependency).optional(),
  }),
});

const wrong = (why: string) => invalidField('envelope', why);

/**
 * Reads a DSSE envelope, checks its signature against the keys, and reads which commit of the repository at `url` was
 * built into what. Throws INVALID_FIELD with what is wrong with it.
 */
export function openEnvelope(text: string, keys: readonly TrustedKey[], url: string): Provenance {
  const envelope = parse(text, envelopeSchema);
  if (!envelope) throw wrong(`This is no DSSE envelope (JSON) of an in-toto statement (${payloadType}).`);
  const payload = Buffer.from(envelope.payload, 'base64');
  const signed = paeOf(payload);
  const trusted = keys.find(({ key }) =>
    envelope.signatures.some(({ sig }) =>
      verify(key.asymmetricKeyType === 'ec' ? 'sha256' : null, signed, key, Buffer.from(sig, 'base64')),
    ),
  );
  if (!trusted) throw wrong('None of its signatures is of a key that the repository trusts.');
  const statement = parse(payload.toString(), statementSchema);
  if (!statement) throw wrong('What is signed is no in-toto statement with SLSA provenance.');
  const artifacts = statement.subject.flatMap(({ digest }) => digest['sha256']?.toLowerCase() ?? []);
  if (artifacts.length === 0 || !artifacts.every((one) => /^[0-9a-f]{64}$/.test(one)))
    throw wrong('Its subject names no SHA-256 digest of what was built.');
  return { keyId: trusted.id, commit: commitIn(statement, url), artifacts };
}

/** DSSE's pre-authentication encoding: what is signed. */
const paeOf = (payload: Buffer): Buffer =>
  Buffer.concat([Buffer.from(`DSSEv1 ${payloadType.length} ${payloadType} ${payload.length} `), payload]);

/** The commit of this repository; where no address is that of the repository, the only commit that is named. */
function commitIn({ predicate }: z.infer<typeof statementSchema>, url: string): string {
  const all = [...(predicate.buildDefinition?.resolvedDependencies ?? []), ...(predicate.materials ?? [])].flatMap(
    ({ uri = '', digest = {} }) => {
      const sha = (digest['gitCommit'] ?? (uri.startsWith('git+') ? digest['sha1'] : undefined))?.toLowerCase();
      return sha !== undefined && /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(sha) ? [{ uri, sha }] : [];
    },
  );
  const own = all.filter(({ uri }) => sameAddress(uri, url));
  const named = new Set((own.length > 0 ? own : all).map(({ sha }) => sha));
  const [commit] = named;
  if (commit === undefined || named.size > 1)
    throw wrong('It does not name the one commit of this repository that was built (resolvedDependencies, gitCommit).');
  return commit;
}

const sameAddress = (uri: string, url: string): boolean => {
  const plain = (text: string) =>
    text
      .replace(/^git\+/, '')
      .replace(/@[^@/]*(\/[^@]*)?$/, '')
      .replace(/(\.git)?\/*$/, '');
  return plain(uri) === plain(url);
};

function parse<Schema extends z.ZodType>(text: string, schema: Schema): z.infer<Schema> | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
