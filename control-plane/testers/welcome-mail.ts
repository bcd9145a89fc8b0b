import type { Secret } from '#contract/secret.ts';
import { composeMail, type QueuedMail } from '../mail/index.ts';
import type { Tester } from './tester.ts';

interface Welcome {
  readonly person: { readonly id: string; readonly name: string; readonly email: string };
  readonly tester: Pick<Tester, 'sandboxId' | 'hostName'>;
  /** Chooses a password; undefined for who has an account already. */
  readonly link: Secret | undefined;
  readonly consoleUrl: string;
  readonly lifeMs: number;
}

/** What a new tester reads. */
export function welcomeMail({ person, tester, link, consoleUrl, lifeMs }: Welcome): QueuedMail {
  const mail = composeMail({
    subject: 'Your place to work on Muster is ready',
    paragraphs: [
      `Hello ${person.name},`,
      `${placeOf(tester)} is ready for you on Muster. You work in it from the browser, or with the muster command line.`,
      link
        ? 'Open the link to choose a password; then sign in with this address.'
        : 'Sign in with the account that you have.',
    ],
    link: link ? { label: 'Choose a password', url: link.reveal() } : { label: 'Open Muster', url: consoleUrl },
    footnotes: [
      ...(link
        ? [
            `The link works once, for ${lifeMs / 86_400_000} days. Later, the sign-in page sends another: ${consoleUrl}/`,
          ]
        : []),
      'You do not know what this is? Then do nothing.',
    ],
  });
  return { purpose: 'welcome', reference: person.id, to: person.email, mail, lifeMs };
}

function placeOf({ sandboxId, hostName }: Welcome['tester']): string {
  if (hostName !== null) return `The machine ${hostName}`;
  return sandboxId === null ? 'An account' : 'A sandbox';
}
