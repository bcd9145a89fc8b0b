import { Code, ConnectError } from '@connectrpc/connect';
import { useQuery } from '@connectrpc/connect-query';
import { Link, useLoaderData, useRouteContext } from '@tanstack/react-router';
import { TeamRole } from '#proto/muster/v1/auth_pb.js';
import { InviteService, type GetInviteResponse, type Invite } from '#proto/muster/v1/invite_pb.js';
import { EntranceFrame } from '../frame/EntranceFrame.tsx';
import { JoinAsNewUser, JoinAsUser, SignInAndJoin, SwitchAccount } from '../invites/JoinForms.tsx';
import { sameAddress } from '../invites/same-address.ts';
import { buttonClasses } from '../parts/Button.tsx';
import { Line } from '../parts/Skeleton.tsx';
import { inlineLinkClasses } from '../parts/links.ts';
import { paths } from '../paths.ts';
import { toProblem } from '../problems/problem.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { demandSentence } from '../second-factor/sentence.ts';
import { useFragment } from '../session/useFragment.ts';
import { RelativeTime } from '../time/RelativeTime.tsx';

export function InvitePage() {
  const setup = useLoaderData({ from: '/invite' });
  const { visitor } = useRouteContext({ from: '/invite' });
  const token = useFragment();
  if (visitor?.secondFactorDemand) {
    return (
      <EntranceFrame
        title="Add a passkey first"
        version={setup}
        summary={`${demandSentence(visitor.secondFactorDemand) ?? ''} Add a passkey, then open the invite link again: it stays open.`}
      >
        <Link {...paths.secondFactor()} className={buttonClasses('primary')}>
          Add a passkey
        </Link>
      </EntranceFrame>
    );
  }
  if (token === '') {
    return (
      <EntranceFrame
        title="This invite link is not whole"
        version={setup}
        summary="Open the whole link that you were sent: it ends with # and a long word. If this page was loaded again, open the link once more."
      >
        <Home />
      </EntranceFrame>
    );
  }
  return <OpenInvite key={token} token={token} />;
}

const Home = () => (
  <Link {...paths.home()} className={buttonClasses('secondary')}>
    Go to the console
  </Link>
);

/** One answer for every cause: whoever does not hold a good token learns nothing. */
const countsNoMore = (error: unknown): boolean =>
  error instanceof ConnectError && (error.code === Code.NotFound || error.code === Code.InvalidArgument);

function OpenInvite({ token }: { token: string }) {
  const setup = useLoaderData({ from: '/invite' });
  const { data, error, refetch } = useQuery(InviteService.method.getInvite, { token }, { retry: false });
  if (data?.invite) return <Joining answer={data} invite={data.invite} token={token} />;
  if (countsNoMore(error)) {
    return (
      <EntranceFrame
        title="This invite does not count"
        version={setup}
        summary="It was used, revoked or replaced, its 7 days are over, or the one who sent it may no longer invite. Ask for a new one."
      >
        <Home />
      </EntranceFrame>
    );
  }
  return (
    <EntranceFrame title="Invite" version={setup}>
      {error ? (
        <ProblemNote problem={toProblem(error)} onRetry={() => void refetch()} />
      ) : (
        <div role="status" aria-label="Loading" className="flex animate-appear flex-col gap-4">
          <Line className="w-3/4" />
          <Line className="w-1/2" />
        </div>
      )}
    </EntranceFrame>
  );
}

function Joining({ answer, invite, token }: { answer: GetInviteResponse; invite: Invite; token: string }) {
  const setup = useLoaderData({ from: '/invite' });
  const { visitor } = useRouteContext({ from: '/invite' });
  if (visitor && !sameAddress(visitor.email, invite.email)) {
    return (
      <EntranceFrame title="This invite is for another account" version={setup} below={<Stay name={visitor.name} />}>
        <SwitchAccount invite={invite} token={token} user={visitor} />
      </EntranceFrame>
    );
  }
  return (
    <EntranceFrame
      title={`Join ${invite.teamName}`}
      version={setup}
      summary={
        <>
          {invite.invitedBy} invites you into this team as {invite.role === TeamRole.ADMIN ? 'an admin' : 'a member'}.
          The invite ends <RelativeTime at={invite.expiresAt} />.
        </>
      }
    >
      {visitor ? (
        <JoinAsUser invite={invite} token={token} user={visitor} />
      ) : answer.hasAccount ? (
        <SignInAndJoin invite={invite} token={token} />
      ) : (
        <JoinAsNewUser invite={invite} token={token} />
      )}
    </EntranceFrame>
  );
}

const Stay = ({ name }: { name: string }) => (
  <>
    Or{' '}
    <Link {...paths.home()} className={inlineLinkClasses}>
      go on as {name}
    </Link>
    ; the invite stays open.
  </>
);
