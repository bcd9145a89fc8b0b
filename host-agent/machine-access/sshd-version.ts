import { execFile } from 'node:child_process';

/**
 * Whether this machine's sshd takes an end in UTC in `authorized_keys`, as OpenSSH does since 9.1. An older one would
 * refuse the whole line; without the option, the agent alone takes keys out whose time is over.
 */
export function takesUtcEnds(): Promise<boolean> {
  return new Promise((resolve) => {
    // The version goes to standard error. Where there is none, there is nothing to find out.
    execFile('ssh', ['-V'], { timeout: 10_000 }, (_error, stdout, stderr) => {
      const [, major, minor] = /OpenSSH_(\d+)\.(\d+)/.exec(`${stdout}${stderr}`) ?? [];
      resolve(major !== undefined && (Number(major) > 9 || (Number(major) === 9 && Number(minor) >= 1)));
    });
  });
}
