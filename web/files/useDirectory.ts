import { createClient } from '@connectrpc/connect';
import { useQuery, useTransport } from '@connectrpc/connect-query';
import { useEffect, useMemo, useRef } from 'react';
import { FileService, type WatchDirectoryResponse } from '#proto/muster/v1/file_pb.js';
import type { Feed, Followed } from '../live/follow.ts';
import { useLive } from '../live/useLive.ts';
import { entriesOf, type Entry } from './entry.ts';
import { percentPath, type FilePath } from './path.ts';

/** So many entries are shown at most; it is said when there are more. */
export const mostEntries = 10_000;

interface Directory {
  readonly entries: readonly Entry[] | undefined;
  /** Whether there are more than are shown. */
  readonly cut: boolean;
  readonly error: unknown;
  readonly refresh: () => Promise<unknown>;
}

/** What lies in a directory. */
export function useDirectory(sandboxId: string, path: FilePath): Directory {
  const { data, error, refetch } = useQuery(FileService.method.listDirectory, {
    sandboxId,
    at: path,
    pageSize: mostEntries,
  });
  const entries = useMemo(() => data && entriesOf(data.files), [data]);
  return { entries, cut: data !== undefined && data.nextPageToken !== '', error, refresh: refetch };
}

interface Watched {
  readonly gone: boolean;
}

/** Each change is a state of its own. */
const watchFeed = (
  open: Feed<WatchDirectoryResponse, Watched>['open'],
  sandboxId: string,
  path: FilePath,
): Feed<WatchDirectoryResponse, Watched> => ({
  key: `directory:${sandboxId}:${percentPath(path)}`,
  open,
  reduce: (state, { event }) => (event.case === 'keepAlive' ? state : { gone: event.case === 'gone' }),
});

/** Many changes in a row are looked at once. */
const settleMs = 200;

/** Calls whenever something changed in a directory, and when it may have. */
export function useWatch(sandboxId: string, path: FilePath, changed: () => void): Followed<unknown> {
  const transport = useTransport();
  const watched = useLive(
    watchFeed(
      (signal) => createClient(FileService, transport).watchDirectory({ sandboxId, at: path }, { signal }),
      sandboxId,
      path,
    ),
  );
  const latest = useRef(changed);
  latest.current = changed;
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const { state } = watched;
  useEffect(() => {
    if (state !== undefined)
      timer.current ??= setTimeout(() => {
        timer.current = undefined;
        latest.current();
      }, settleMs);
  }, [state]);
  useEffect(
    () => () => {
      clearTimeout(timer.current);
      timer.current = undefined;
    },
    [],
  );
  return watched;
}
