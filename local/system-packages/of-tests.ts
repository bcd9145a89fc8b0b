import { existsSync, readFileSync } from 'node:fs';
import { findChromium } from '../../tests/support/chromium.ts';
import { hasProgram, needs, type Need } from './catalog.ts';

/** A need that one program fills. */
const program = (name: string, why: string, ...packages: string[]): Need => ({
  why,
  packages: packages.length > 0 ? packages : [name],
  isHere: () => hasProgram(name),
});

/** What `npm test` needs: all that `npm start` does, and what only tests drive. The one list, also for `.ci/run`. */
export const needsOfTests = (): readonly Need[] => [
  ...needs,
  browser(),
  program('crun', 'to try sandboxes on both runtimes'),
  program('runc', 'to try sandboxes on both runtimes'),
  program('docker-registry', 'to try templates from images of a registry'),
  program('sshd', 'to try SSH access to machines', 'openssh-server'),
  program('nginx', 'to try a proxy before the control plane', 'nginx-light'),
  program('caddy', 'to try a proxy before the control plane'),
  program('openssl', 'to make certificates'),
  program('systemd-analyze', 'to check the units of systemd', 'systemd'),
  program('curl', 'to try the API without our clients', 'curl', 'ca-certificates'),
  program('faketime', 'to try clocks that are wrong'),
  program('python3', 'to try commands of components', 'python3-minimal'),
  program('newuidmap', 'to try user namespaces', 'uidmap'),
  program('ps', 'to see which processes are left', 'procps'),
];

/** Ubuntu's package is a snap, which has a /tmp of its own and which root's tests cannot drive. */
function browser(): Need {
  const need = { why: 'to try the console in a real browser', isHere: () => findChromium() !== undefined };
  if (!isUbuntu()) return { ...need, packages: ['chromium-headless-shell'] };
  return {
    ...need,
    packages: [],
    byHand:
      'Ubuntu has Chromium only as a snap, which the tests cannot drive: run npx playwright-core install --with-deps chromium, install Google Chrome, or name a browser with CHROMIUM_PATH.',
  };
}

function isUbuntu(): boolean {
  return existsSync('/etc/os-release') && /^ID=ubuntu$/m.test(readFileSync('/etc/os-release', 'utf8'));
}
