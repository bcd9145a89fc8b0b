import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server';
import { decodeClientDataJSON } from '@simplewebauthn/server/helpers';
import type { Context } from '../context.ts';
import { challengeLifeMs, insertChallenge, takeChallenge, type Asker } from './challenge-store.ts';
import { relyingPartyOf, requireRelyingParty, type RelyingParty } from './relying-party.ts';
import { readAssertion, readAttestation, transportsFrom } from './responses.ts';
import { findCredential, listCredentials } from './store.ts';

/** A passkey that a browser has just made, checked. */
export interface Attested {
  readonly credentialId: string;
  readonly publicKey: Uint8Array;
  readonly signCount: number;
  readonly transports: readonly string[];
  readonly synced: boolean;
  readonly rpId: string;
}

/** A passkey that has just been used, checked but for its counter. */
export interface Asserted {
  readonly passkeyId: string;
  readonly signCount: number;
}

/** Ed25519, ECDSA on P-256 and RSA, as COSE numbers them: one of them is in every authenticator. */
const algorithms = [-8, -7, -257];

type Ceremony = Pick<Context, 'sql' | 'publicUrl'>;

/** Options with a fresh challenge for the browser, as JSON. */
export async function startCeremony(
  { sql, publicUrl }: Ceremony,
  asker: Asker,
  account: { name: string; email: string },
): Promise<{ optionsJson: string; origin: string }> {
  const party = requireRelyingParty(publicUrl);
  const known = (await listCredentials(sql, asker.userId, party.id)).map(({ id, transports }) => ({
    id,
    transports: transportsFrom(transports),
  }));
  const options =
    asker.purpose === 'register'
      ? await generateRegistrationOptions({
          rpID: party.id,
          rpName: 'Muster',
          userID: new TextEncoder().encode(asker.userId),
          userName: account.email,
          userDisplayName: account.name,
          excludeCredentials: known,
          supportedAlgorithmIDs: algorithms,
          timeout: challengeLifeMs,
          attestationType: 'none',
          authenticatorSelection: { residentKey: 'preferred', userVerification: 'preferred' },
        })
      : await generateAuthenticationOptions({
          rpID: party.id,
          allowCredentials: known,
          timeout: challengeLifeMs,
          userVerification: 'preferred',
        });
  await insertChallenge(sql, options.challenge, asker);
  return { optionsJson: JSON.stringify(options), origin: party.origin };
}

/** Checks what a browser answered to options for a new passkey. Undefined for whatever does not count. */
export async function verifyAttestation(
  { sql, publicUrl }: Ceremony,
  asker: Asker,
  responseJson: string,
): Promise<Attested | undefined> {
  const response = readAttestation(responseJson);
  const party = relyingPartyOf(publicUrl);
  const challenge = response && (await takenChallenge(sql, asker, response.response.clientDataJSON));
  if (!response || !party || challenge === undefined) return undefined;
  const { verified, registrationInfo } = await orUnverified(() =>
    verifyRegistrationResponse({ response, supportedAlgorithmIDs: algorithms, ...expectationsOf(party, challenge) }),
  );
  if (!verified || !registrationInfo) return undefined;
  const { credential, credentialBackedUp } = registrationInfo;
  return {
    credentialId: credential.id,
    publicKey: credential.publicKey,
    signCount: credential.counter,
    transports: credential.transports ?? [],
    synced: credentialBackedUp,
    rpId: party.id,
  };
}

/** Checks what a browser answered to options for using one of the user's passkeys. Undefined for whatever does not count. */
export async function verifyAssertion(
  { sql, publicUrl }: Ceremony,
  asker: Asker,
  responseJson: string,
): Promise<Asserted | undefined> {
  const response = readAssertion(responseJson);
  const party = relyingPartyOf(publicUrl);
  const challenge = response && (await takenChallenge(sql, asker, response.response.clientDataJSON));
  if (!response || !party || challenge === undefined) return undefined;
  const known = await findCredential(sql, asker.userId, party.id, response.id);
  if (!known) return undefined;
  // The counter is compared by the statement that writes it, so that two at once cannot both pass.
  const credential = { id: response.id, publicKey: new Uint8Array(known.publicKey), counter: 0 };
  const { verified, authenticationInfo } = await orUnverified(() =>
    verifyAuthenticationResponse({ response, credential, ...expectationsOf(party, challenge) }),
  );
  return verified && authenticationInfo ? { passkeyId: known.id, signCount: authenticationInfo.newCounter } : undefined;
}

const expectationsOf = ({ id, origin }: RelyingParty, challenge: string) => ({
  expectedChallenge: challenge,
  expectedOrigin: origin,
  expectedRPID: id,
  requireUserVerification: false,
});

/** The challenge that an answer is about, taken out. Undefined where this asker has no such one. */
async function takenChallenge(sql: Context['sql'], asker: Asker, clientDataJson: string): Promise<string | undefined> {
  let challenge: unknown;
  try {
    ({ challenge } = decodeClientDataJSON(clientDataJson));
  } catch {
    return undefined;
  }
  if (typeof challenge !== 'string') return undefined;
  return (await takeChallenge(sql, challenge, asker)) ? challenge : undefined;
}

/** The library throws for most of what does not count; it touches neither database nor network. */
async function orUnverified<T extends { verified: boolean }>(
  verify: () => Promise<T>,
): Promise<T | { verified: false; registrationInfo?: undefined; authenticationInfo?: undefined }> {
  try {
    return await verify();
  } catch {
    return { verified: false };
  }
}
