import { hash, verify } from '@node-rs/argon2';

/** argon2id with 19 MiB and two passes, the library's defaults and OWASP's first choice: about 20 ms. */
export const hashPassword = (password: string): Promise<string> => hash(normalised(password));

/**
 * Whether this is the password. Without a hash (no such account) it takes the same time and answers false, so that the
 * time says nothing about who has an account.
 */
export async function passwordMatches(passwordHash: string | undefined, password: string): Promise<boolean> {
  const matches = await verify(passwordHash ?? nobodysHash, normalised(password));
  return passwordHash !== undefined && matches;
}

/** The same characters typed on different keyboards are the same password. */
const normalised = (password: string) => password.normalize('NFKC');

/** The hash of a random password that was thrown away; made with the parameters of `hashPassword`. */
const nobodysHash = '$argon2id$v=19$m=19456,t=2,p=1$+/LVAsUnEMLOpBLkuDlTnA$/+Qi0EZVFkxrB2r4BPTmCaqtBiHn6N9wYUnRO59W+4s';
