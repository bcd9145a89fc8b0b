import postgres from 'postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../tests/setup/database.ts';
import type { Lineage } from '../git/lineage.ts';
import { publishedLineages } from './published-lineage.ts';
import { findHeadPlaces, listHeads, type RecordedHead } from './store.ts';

let database: TestDatabase;
let sql: postgres.Sql;
const repository = { id: 'repo000000000001', branch: 'main' };
const shaOf = (number: number) => String(number).padStart(40, '0');

beforeAll(async () => {
  database = await createTestDatabase();
  sql = postgres(database.url, { max: 1 });
  await sql`insert into repositories (id, name, url, published) values (${repository.id}, 'app', 'https://git.invalid/app.git', true)`;
});
afterAll(async () => {
  await sql?.end();
  await database?.drop();
});

/** By the heads themselves, newest first: what came after the older one of the two decides. */
function expected(heads: readonly RecordedHead[], aim: number, sha: string): Lineage {
  const at = heads.findIndex((head) => head.sha === sha);
  if (at === -1) return { kind: 'unknown' };
  if (at === aim) return { kind: 'same' };
  const later = heads.slice(Math.min(at, aim), Math.max(at, aim));
  const since = later.at(-1)!.observedAt; // they are two
  const [ahead, behind] = at < aim ? [later.length, 1] : [1, later.length];
  if (later.some(({ forced }) => forced)) return { kind: 'diverged', ahead, behind, since, mergeBase: undefined };
  return at < aim ? { kind: 'ahead', ahead } : { kind: 'behind', behind, since };
}

test('among thousands of heads, a lineage is what their order says, and of the heads no others are read out', async () => {
  // 40 commits that were the head again and again, and now and then one that rewrote the branch.
  await sql`
    insert into repository_heads (repository_id, branch, sha, source, forced, observed_at)
    select ${repository.id}, 'main', lpad((n * 7 % 41 + n / 1990 * 100)::text, 40, '0'), 'published', n % 1000 = 999,
      now() - (3000 - n) * interval '1 minute'
    from generate_series(1, 2999) n
  `;
  const heads = await listHeads(sql, repository, undefined, 5000);
  const seen = [...new Set(heads.map(({ sha }) => sha))];
  expect(seen).toHaveLength(82);
  const shas = [...seen, shaOf(99)];
  for (const target of [heads[0]!.sha, heads[30]!.sha, heads[2990]!.sha]) {
    const places = await findHeadPlaces(sql, repository, [target, ...shas]);
    expect(places).toHaveLength(82);
    const aim = heads.findIndex(({ sha }) => sha === target);
    expect(publishedLineages(places, target, shas)).toEqual(
      new Map(shas.map((sha) => [sha, expected(heads, aim, sha)])),
    );
  }
  const kinds = [
    ...(publishedLineages(await findHeadPlaces(sql, repository, shas), heads[30]!.sha, shas) ?? []).values(),
  ];
  expect(new Set(kinds.map(({ kind }) => kind))).toEqual(new Set(['same', 'ahead', 'behind', 'diverged', 'unknown']));
  expect(publishedLineages(await findHeadPlaces(sql, repository, [shaOf(99)]), shaOf(99), shas)).toBeUndefined();
});
