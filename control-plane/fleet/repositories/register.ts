import { Reason } from '#proto/muster/v1/errors_pb.js';
import { recordAudit } from '../../audit/index.ts';
import type { Context } from '../../context.ts';
import { newId, type Sql } from '../../database/index.ts';
import { invalidField, nameTaken, notFound } from '../../errors.ts';
import { announce } from '../../events/index.ts';
import { askHeadBranch } from '../git/branches.ts';
import { GitFailure } from '../git/failure.ts';
import { isBranchName } from './branch-name.ts';
import { PathRefused } from './local-path.ts';
import { openSource } from './source.ts';
import { deleteRepository, findRepositoryByName, insertRepository, moveRepository, type Repository } from './store.ts';

export interface RepositoryRequest {
  readonly name: string;
  /** `https://…`, `ssh://…` or an absolute path below a configured root. */
  readonly url: string;
  /** `main` where empty. */
  readonly branch?: string;
  /** Heads come from CI alone; the address is only shown. */
  readonly published?: boolean;
}

const defaultBranch = 'main';

/** Registers a repository; it is fetched at once. Throws NAME_TAKEN, URL_NOT_ALLOWED. */
export async function registerRepository(context: Context, request: RepositoryRequest): Promise<Repository> {
  const { name, url, branch } = await checkAddress(context, request);
  const { published = false } = request;
  return context.transaction(async (sql) => {
    const made = await insertAudited(context, sql, { name, url, branch: branch || defaultBranch, published });
    if (!made) throw nameTaken('name', `Another repository is named ${name}.`);
    return made;
  });
}

/**
 * Registers a repository, or finds it as it is: for what runs at every start. One of this name that has moved is
 * followed. Without a branch: `main` where there is one, else the branch that is checked out there.
 */
export async function ensureRepository(context: Context, request: RepositoryRequest): Promise<Repository> {
  const { name, url, branch } = await checkAddress(context, request);
  const found = await findRepositoryByName(context.sql, name);
  if (found?.url === url && (branch === '' || branch === found.branch)) return found;
  const wanted = { name, url, branch: branch || (await branchOf(context, url)) };
  return context.transaction(async (sql) => {
    const made = await insertAudited(context, sql, wanted);
    if (made) return made;
    const before = await present(sql, name);
    if (before.url === url && before.branch === wanted.branch) return before;
    await moveRepository(sql, before.id, wanted);
    await recordAudit(sql, context, {
      action: 'repository.move',
      target: before.id,
      before: { url: before.url, branch: before.branch },
      after: { url, branch: wanted.branch },
    });
    await announce(sql, 'repository', [before.id]);
    return present(sql, name);
  });
}

/** Where nothing can be asked now, the loop that looks at repositories will say why. */
async function branchOf(context: Context, url: string): Promise<string> {
  try {
    return await askHeadBranch(await source(context, url), defaultBranch, context.signal);
  } catch (error) {
    if (error instanceof GitFailure) return defaultBranch;
    throw error;
  }
}

/** Removes a repository with its heads; what was built from it cannot be judged any more. */
export function removeRepository(context: Context, id: string): Promise<void> {
  return context.transaction(async (sql) => {
    const before = await deleteRepository(sql, id);
    if (!before) throw notFound('repository');
    await recordAudit(sql, context, { action: 'repository.delete', target: id, before });
    await announce(sql, 'repository', [id]);
  });
}

async function insertAudited(
  context: Context,
  sql: Sql,
  wanted: Checked & { readonly published?: boolean },
): Promise<Repository | undefined> {
  const id = newId('repo');
  const createdBy = 'userId' in context.caller ? context.caller.userId : null;
  if (!(await insertRepository(sql, { id, ...wanted, createdBy }))) return undefined;
  await recordAudit(sql, context, { action: 'repository.register', target: id, after: { ...wanted } });
  await announce(sql, 'repository', [id]);
  return present(sql, wanted.name);
}

async function present(sql: Sql, name: string): Promise<Repository> {
  const found = await findRepositoryByName(sql, name);
  if (!found) throw notFound('repository');
  return found;
}

type Checked = Required<Pick<RepositoryRequest, 'name' | 'url' | 'branch'>>;

/** Checks address and branch. Throws URL_NOT_ALLOWED, or names the field. */
export async function checkAddress(context: Context, { name, url, branch = '' }: RepositoryRequest): Promise<Checked> {
  if (branch !== '' && !isBranchName(branch))
    throw invalidField('branch', 'This is no name that git takes for a branch.');
  return { name, url: (await source(context, url)).address, branch };
}

async function source({ config }: Context, url: string) {
  try {
    return await openSource(url, config.repositoryRoots);
  } catch (error) {
    if (error instanceof PathRefused) throw invalidField('url', error.message, Reason.URL_NOT_ALLOWED);
    throw error;
  }
}
