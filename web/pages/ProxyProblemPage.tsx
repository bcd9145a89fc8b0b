import { useRouter } from '@tanstack/react-router';
import { RotateCw } from 'lucide-react';
import { ProxyProblemKind, type ProxyProblem } from '#proto/muster/v1/errors_pb.js';
import { EntranceFrame } from '../frame/EntranceFrame.tsx';
import { Button } from '../parts/Button.tsx';
import { CommandBlock } from '../parts/Copy.tsx';
import type { Problem } from '../problems/problem.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';

interface ProxyProblemProps {
  readonly problem: Problem;
  readonly proxy: ProxyProblem;
}

/** Stands in for every page where the sign-in proxy does not say rightly who asks. Never a form: nobody can sign in here. */
export function ProxyProblemPage({ problem, proxy }: ProxyProblemProps) {
  const router = useRouter();
  return (
    <EntranceFrame
      title="Your sign-in proxy is misconfigured"
      summary="Nothing is wrong with your account. People are signed in by a proxy in front of this console, and it does not say as it should who you are. This page is for whoever runs that proxy."
    >
      <div className="flex flex-col gap-6">
        <ProblemNote problem={problem} />
        <section aria-labelledby="must-send">
          <h2 id="must-send" className="text-section">
            What the proxy must send
          </h2>
          <p className="mt-1 text-table text-ink-muted">
            With every request, in place of whatever the visitor sent under these names, and never twice:
          </p>
          <dl className="mt-2 flex flex-col gap-2 text-table">
            {headersOf(proxy).map(({ name, what }) => (
              <div key={name} className="min-w-0">
                <dt className="font-mono text-code wrap-anywhere">
                  {name}
                  {proxy.headers.includes(name) && (
                    <span className="ml-2 font-sans text-small font-medium text-wrong">{stateWords[proxy.kind]}</span>
                  )}
                </dt>
                <dd className="text-ink-muted">{what}</dd>
              </div>
            ))}
          </dl>
          <p className="mt-2 text-table text-ink-muted">
            It must come from an address in MUSTER_PROXY_RANGES. This request came from{' '}
            <span className="font-mono text-code">{proxy.address}</span>.
          </p>
        </section>
        <section aria-labelledby="how-to-check">
          <h2 id="how-to-check" className="text-section">
            How to check
          </h2>
          <p className="mt-1 mb-2 text-table text-ink-muted">
            On the machine of the proxy, with the server’s own address and its secret: this has to answer with your
            name. If it does, the proxy leaves something out; docs/access.md has a configuration that works.
          </p>
          <CommandBlock label="Copy the check" command={checkLines(proxy)} />
        </section>
        <Button icon={RotateCw} onClick={() => void router.invalidate()}>
          Try again
        </Button>
      </div>
    </EntranceFrame>
  );
}

const headersOf = ({ userHeader, teamHeader, rolesHeader, secretHeader }: ProxyProblem) => [
  { name: userHeader, what: 'Who is signed in.' },
  { name: teamHeader, what: 'The team that they work for.' },
  { name: rolesHeader, what: 'Their roles in it, separated by commas: owner, admin, operator or read_only.' },
  { name: secretHeader, what: 'What MUSTER_PROXY_SECRET says.' },
];

const stateWords: Readonly<Record<ProxyProblemKind, string>> = {
  [ProxyProblemKind.UNSPECIFIED]: '',
  [ProxyProblemKind.HEADERS_MISSING]: 'missing',
  [ProxyProblemKind.NOT_FROM_PROXY]: 'not from the proxy',
  [ProxyProblemKind.SECRET_WRONG]: 'without the right secret',
  [ProxyProblemKind.HEADER_REPEATED]: 'came more than once',
  [ProxyProblemKind.HEADER_UNREADABLE]: 'cannot be read',
  [ProxyProblemKind.HEADER_LOOK_ALIKE]: 'only looks like it',
};

const checkLines = ({ userHeader, teamHeader, rolesHeader, secretHeader }: ProxyProblem): string =>
  [
    'curl -i http://SERVER:7080/muster.v1.AuthService/GetCaller \\',
    `  -d '{}' -H 'content-type: application/json' \\`,
    `  -H '${userHeader}: you' \\`,
    `  -H '${teamHeader}: your-team' \\`,
    `  -H '${rolesHeader}: operator' \\`,
    `  -H '${secretHeader}: SECRET'`,
  ].join('\n');
