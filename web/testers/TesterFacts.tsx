import { Link } from '@tanstack/react-router';
import type { Tester } from '#proto/muster/v1/tester_pb.js';
import { CopyText } from '../parts/Copy.tsx';
import { Facts } from '../parts/Facts.tsx';
import { Panel } from '../parts/Page.tsx';
import { paths } from '../paths.ts';
import { RelativeTime } from '../time/RelativeTime.tsx';

const linkClasses = 'text-link hover:underline';

/** Who a tester is, and what there is of them. */
export function TesterFacts({ tester }: { tester: Tester }) {
  const { email, accountMade, userId, teamName, sandboxId, hostId, hostName, template, addedBy, addedAt } = tester;
  return (
    <Panel>
      <Facts
        facts={[
          { term: 'Email', value: <CopyText text={email} label="the address" /> },
          userId !== '' && { term: 'Account', value: accountMade ? 'made for them' : 'was there before' },
          teamName !== '' && { term: 'Team', value: teamName },
          sandboxId !== '' && {
            term: 'Sandbox',
            value: (
              <Link {...paths.sandbox(sandboxId)} className={linkClasses}>
                {sandboxId}
              </Link>
            ),
          },
          hostId !== '' && {
            term: 'Machine',
            value: (
              <Link {...paths.host(hostId)} className={linkClasses}>
                {hostName}
              </Link>
            ),
          },
          { term: 'Template', value: template },
          {
            term: 'Added',
            value: (
              <>
                <RelativeTime at={addedAt} /> by {addedBy}
              </>
            ),
          },
          { term: 'Last seen', value: <RelativeTime at={tester.lastSeenAt} /> },
        ]}
      />
    </Panel>
  );
}
