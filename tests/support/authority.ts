import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A certificate authority of a test's own, whose certificates count for `localhost` and 127.0.0.1. */
export interface Authority {
  /** Its own certificate: a file for `NODE_EXTRA_CA_CERTS` and proxies, and its text. */
  readonly file: string;
  readonly certificate: string;
  /** Puts a fresh certificate and its key in place, as a renewal does. It ends after so many days, which may be past. */
  issue(files: { readonly cert: string; readonly key: string }, days?: number): void;
}

/** Makes one in a directory. */
export function makeAuthority(directory: string): Authority {
  const path = (name: string) => join(directory, name);
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'pipe' });
  const elliptic = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const newKey = (file: string) => [...elliptic, '-keyout', file];
  const file = path('authority.pem');
  const own = ['-subj', '/CN=An authority of a test', '-days', '2'];
  openssl('req', '-x509', ...newKey(path('authority.key')), ...own, '-out', file);
  writeFileSync(path('extensions'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
  return {
    file,
    certificate: readFileSync(file, 'utf8'),
    issue({ cert, key }, days = 1) {
      openssl('req', '-new', ...newKey(key), '-subj', '/CN=localhost', '-out', path('request'));
      const by = ['-CA', file, '-CAkey', path('authority.key'), '-CAcreateserial', '-extfile', path('extensions')];
      openssl('x509', '-req', '-in', path('request'), ...by, '-days', String(days), '-out', cert);
    },
  };
}
