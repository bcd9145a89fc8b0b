import type { CDPSession, Page } from 'playwright-core';

/** An authenticator that Chromium itself simulates, for one page. */
export interface VirtualAuthenticator {
  /** How many passkeys it holds. */
  passkeys(): Promise<number>;
  /** Loses all of them, as somebody who lost their device. */
  lose(): Promise<void>;
}

/** Gives a page an authenticator that is there, unlocked and touched. */
export async function addAuthenticator(page: Page): Promise<VirtualAuthenticator> {
  const cdp: CDPSession = await page.context().newCDPSession(page);
  await cdp.send('WebAuthn.enable');
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return {
    passkeys: async () => (await cdp.send('WebAuthn.getCredentials', { authenticatorId })).credentials.length,
    async lose() {
      await cdp.send('WebAuthn.clearCredentials', { authenticatorId });
    },
  };
}
