import type { Mirror } from './mirror.ts';

/** A commit, as git knows it. */
export interface CommitFacts {
  readonly sha: string;
  readonly subject: string;
  readonly author: string;
  readonly committedAt: Date;
}

const longestSubject = 200;
const longestAuthor = 100;

/** Which of these full ids are commits of the copy. One call for all. */
export async function knownCommits(mirror: Mirror, shas: readonly string[], signal: AbortSignal): Promise<Set<string>> {
  if (shas.length === 0) return new Set();
  const answer = await mirror.ask(['cat-file', '--batch-check=%(objectname) %(objecttype)'], {
    signal,
    input: lines(shas),
  });
  const asked = new Set(shas);
  // Git also resolves a shorter id to the longer one that it stands for: only what was asked for counts.
  return new Set(
    answer
      .split('\n')
      .flatMap((line) => (line.endsWith(' commit') && asked.has(line.slice(0, -7)) ? [line.slice(0, -7)] : [])),
  );
}

/** Subjects and authors of commits that the copy has. One call for all. */
export async function readCommits(
  mirror: Mirror,
  shas: readonly string[],
  signal: AbortSignal,
): Promise<CommitFacts[]> {
  if (shas.length === 0) return [];
  const format = '--format=%H%x00%an%x00%ct%x00%s';
  const answer = await mirror.ask(['log', '--no-walk=unsorted', '--encoding=UTF-8', format, '--stdin'], {
    signal,
    input: lines(shas),
  });
  return answer.split('\n').flatMap((line) => {
    const [sha, author, seconds, subject] = line.split('\0');
    if (!sha || author === undefined || subject === undefined) return [];
    return [
      {
        sha,
        author: printable(author, longestAuthor),
        subject: printable(subject, longestSubject),
        committedAt: new Date(Number(seconds) * 1000),
      },
    ];
  });
}

export const lines = (values: readonly string[]): string => values.map((value) => `${value}\n`).join('');

const printable = (text: string, longest: number): string =>
  text
    .replace(/\p{Cc}/gu, ' ')
    .trim()
    .slice(0, longest);
