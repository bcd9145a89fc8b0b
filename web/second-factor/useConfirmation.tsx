import { ConnectError } from '@connectrpc/connect';
import { useRef, useState, type ReactNode } from 'react';
import { Reason } from '#proto/muster/v1/errors_pb.js';
import { toProblem } from '../problems/problem.ts';
import { ConfirmIdentity } from './ConfirmIdentity.tsx';

const needsConfirmation = (error: unknown): boolean =>
  error instanceof ConnectError && toProblem(error).reason === Reason.CONFIRMATION_REQUIRED;

/**
 * For what the server does only for who has just shown who they are: `confirmed` tries it, asks in a dialog where that is
 * due, and tries again. Answers undefined where the person would rather not.
 */
export function useConfirmation(passkeyOrigin: string | undefined): {
  confirmed: <T>(act: () => Promise<T>) => Promise<T | undefined>;
  dialog: ReactNode;
} {
  const [asking, setAsking] = useState(false);
  const decide = useRef<(goOn: boolean) => void>(() => {});
  const ask = () =>
    new Promise<boolean>((resolve) => {
      decide.current = resolve;
      setAsking(true);
    });
  const answer = (goOn: boolean) => {
    setAsking(false);
    decide.current(goOn);
  };
  return {
    confirmed: async (act) => {
      try {
        return await act();
      } catch (error) {
        if (!needsConfirmation(error)) throw error;
      }
      return (await ask()) ? act() : undefined;
    },
    dialog: (
      <ConfirmIdentity
        open={asking}
        passkeyOrigin={passkeyOrigin}
        onConfirmed={() => answer(true)}
        onClose={() => answer(false)}
      />
    ),
  };
}
