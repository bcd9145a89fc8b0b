import { equals } from '@bufbuild/protobuf';
import { useTransport } from '@connectrpc/connect-query';
import { useQuery } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { useEffect } from 'react';
import { CallerSchema } from '#proto/muster/v1/auth_pb.js';
import { callerOptions } from './require-session.ts';
import { useCaller } from './useCaller.ts';

const askEveryMs = 60_000;

/**
 * Follows what others change of the signed-in user: names and roles appear on the page; with another active team the
 * document is loaded anew, because everything on it belongs to the team that is gone.
 */
export function useCallerChanges(): void {
  const shown = useCaller();
  const router = useRouter();
  const { data } = useQuery({ ...callerOptions({ transport: useTransport() }), refetchInterval: askEveryMs });
  const present = data?.caller;
  useEffect(() => {
    if (present === undefined || equals(CallerSchema, present, shown)) return;
    if (present.activeTeamId === shown.activeTeamId) void router.invalidate();
    else window.location.reload();
  }, [present, shown, router]);
}
