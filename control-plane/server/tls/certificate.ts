import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { StartupError } from '../../errors.ts';

/** Where certificate and key stand, in PEM form. */
export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

/** A certificate with its chain and its key, which belong together. */
export interface Certificate {
  readonly cert: Buffer;
  readonly key: Buffer;
  /** When the certificate itself ends; its chain may end sooner. */
  readonly validTo: Date;
  /** From when on it should have been renewed. */
  readonly warnAt: Date;
}

/** Certificates are renewed earlier, also those that are for 45 days (15 before) or for 6 (3 before). */
const warnBeforeMs = 14 * 86_400_000;
const warnInLast = 1 / 5;

/** Reads and checks both files. Throws a StartupError with one sentence that names the setting. */
export async function readCertificate(files: CertificateFiles): Promise<Certificate> {
  const [cert, key] = await Promise.all([
    readSetting('MUSTER_TLS_CERT', files.cert),
    readSetting('MUSTER_TLS_KEY', files.key),
  ]);
  const certificate = parsed(
    () => new X509Certificate(cert),
    `MUSTER_TLS_CERT: ${files.cert} holds no certificate in PEM form.`,
  );
  const privateKey: KeyObject = parsed(
    () => createPrivateKey(key),
    `MUSTER_TLS_KEY: ${files.key} holds no private key in PEM form without a passphrase.`,
  );
  if (!certificate.checkPrivateKey(privateKey))
    throw new StartupError(
      `The key in ${files.key} (MUSTER_TLS_KEY) does not belong to the certificate in ${files.cert} (MUSTER_TLS_CERT).`,
    );
  // What is left: a broken chain behind the first certificate, or a key that is too weak.
  parsed(
    () => createSecureContext({ cert, key }),
    `MUSTER_TLS_CERT: TLS cannot use the certificates in ${files.cert}.`,
  );
  const { validFromDate, validToDate: validTo } = certificate;
  const lifeMs = validTo.getTime() - validFromDate.getTime();
  return { cert, key, validTo, warnAt: new Date(validTo.getTime() - Math.min(warnBeforeMs, lifeMs * warnInLast)) };
}

async function readSetting(variable: string, path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new StartupError(`${variable}: ${path} cannot be read (${code}).`, { cause: error });
  }
}

function parsed<T>(read: () => T, sentence: string): T {
  try {
    return read();
  } catch (error) {
    throw new StartupError(sentence, { cause: error });
  }
}
