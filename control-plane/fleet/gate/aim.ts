import type { AssertFleetRequest } from '#proto/muster/v1/fleet_pb.js';
import type { Context } from '../../context.ts';
import type { Target } from '../facts.ts';
import { targetOf } from '../judge.ts';
import { findRepositoryByName, type Repository } from '../repositories/store.ts';
import type { Survey } from '../survey.ts';

/** The commit that a gate asks for, as it is now. */
export interface Aim {
  readonly repository: Repository;
  /** Its `head` is the commit; undefined where the branch is not known (yet). */
  readonly target: Target;
  /** How sentences call it: `3f2a1c9 (main)`. */
  readonly called: string;
}

type Wanted = AssertFleetRequest['wanted'];

/** Reads what is asked for. Undefined where there is no such repository. */
export async function aimAt(context: Context, survey: Survey, name: string, wanted: Wanted): Promise<Aim | undefined> {
  const repository = await findRepositoryByName(context.sql, name);
  if (!repository) return undefined;
  return aimOf(repository, targetFor(survey, repository, wanted));
}

/** The same branch where it was: what somebody has begun to wait for. */
export const aimBefore = ({ repository, target }: Aim, head: string): Aim => aimOf(repository, { ...target, head });

function aimOf(repository: Repository, target: Target): Aim {
  const short = target.head?.slice(0, 7) ?? '';
  if (target.fixed) return { repository, target, called: short };
  return { repository, target, called: short ? `${short} (${target.branch})` : target.branch };
}

function targetFor(survey: Survey, repository: Repository, wanted: Wanted): Target {
  const target = targetOf(repository);
  switch (wanted.case) {
    case 'sha':
      return { ...target, head: wanted.value, called: wanted.value.slice(0, 7), fixed: true };
    case 'ref':
      if (wanted.value === repository.branch) return target;
      return { ...target, branch: wanted.value, head: survey.branchHead(repository, wanted.value) };
    case undefined:
      return target;
  }
}
