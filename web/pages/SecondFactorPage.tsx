import { useMutation, useQuery } from '@connectrpc/connect-query';
import { useLoaderData, useRouteContext, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { AuthService } from '#proto/muster/v1/auth_pb.js';
import { EntranceFrame } from '../frame/EntranceFrame.tsx';
import { Button } from '../parts/Button.tsx';
import { Line } from '../parts/Skeleton.tsx';
import { toProblem } from '../problems/problem.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { useReport } from '../problems/useReport.ts';
import { PasskeyPlace, passkeysWorkHere } from '../second-factor/PasskeyPlace.tsx';
import { RecoveryCodes } from '../second-factor/RecoveryCodes.tsx';
import { demandSentence } from '../second-factor/sentence.ts';
import { useAddPasskeyForm } from '../second-factor/useAddPasskeyForm.tsx';
import { returnPath } from '../session/return-path.ts';
import { enterAsNewAccount } from '../session/session.ts';

/** Where somebody is led who lacks a second factor that is required of them: nothing else works before. */
export function SecondFactorPage() {
  const setup = useLoaderData({ from: '/second-factor' });
  const { next } = useSearch({ from: '/second-factor' });
  const { caller } = useRouteContext({ from: '/second-factor' });
  const factor = useQuery(AuthService.method.listPasskeys, {});
  const [codes, setCodes] = useState<readonly string[]>();
  const goOn = () => enterAsNewAccount(returnPath(next, window.location.origin));
  if (codes) {
    return (
      <EntranceFrame
        title="Your passkey is added"
        version={setup}
        summary="From now on, signing in takes your password and a passkey."
      >
        <div className="flex flex-col gap-4">
          <RecoveryCodes codes={codes} />
          <Button look="primary" onClick={goOn}>
            I have stored them, go on
          </Button>
        </div>
      </EntranceFrame>
    );
  }
  return (
    <EntranceFrame
      title="Add a passkey to go on"
      version={setup}
      summary={`${demandSentence(caller.secondFactorDemand) ?? ''} Add a passkey: this device, a phone, a security key or a password manager. Until then nothing else works.`}
      below={<LeaveInstead name={caller.name} />}
    >
      {factor.data === undefined ? (
        factor.error ? (
          <ProblemNote problem={toProblem(factor.error)} onRetry={() => void factor.refetch()} />
        ) : (
          <div role="status" aria-label="Loading" className="flex animate-appear flex-col gap-4">
            <Line className="w-3/4" />
          </div>
        )
      ) : passkeysWorkHere(factor.data.passkeyOrigin) ? (
        <AddFirst onCodes={(made) => (made.length > 0 ? setCodes(made) : goOn())} />
      ) : (
        <PasskeyPlace origin={factor.data.passkeyOrigin} path="/second-factor" />
      )}
    </EntranceFrame>
  );
}

function AddFirst({ onCodes }: { onCodes: (codes: readonly string[]) => void }) {
  const { form, fields, submit, confirmation } = useAddPasskeyForm(undefined, onCodes);
  return (
    <>
      <form ref={form.ref} onSubmit={form.onSubmit} noValidate className="flex flex-col gap-4">
        {fields}
        {submit}
      </form>
      {confirmation}
    </>
  );
}

function LeaveInstead({ name }: { name: string }) {
  const report = useReport();
  const logOut = useMutation(AuthService.method.logOut, {
    onError: report,
    onSuccess: () => enterAsNewAccount('/sign-in'),
  });
  return (
    <span className="inline-flex flex-wrap items-center gap-2">
      You are signed in as {name}.
      <Button look="quiet" small busy={logOut.isPending} onClick={() => logOut.mutate({})}>
        Sign out
      </Button>
    </span>
  );
}
