import type { Sql } from '../database/index.ts';

export interface InstallationRule {
  readonly required: boolean;
  /** Users who may sign in and have no passkey. */
  readonly usersWithout: number;
}

export const findRule = async (sql: Sql): Promise<InstallationRule> => {
  const [row] = await sql<InstallationRule[]>`
    select require_second_factor as required, (
      select count(*)::int from users
      where active and not exists (select from passkeys where passkeys.user_id = users.id)
    ) as "usersWithout"
    from installation
  `;
  return row!; // one row always
};

/** Locks the rule until the transaction ends. Answers what it is. */
export const lockRule = async (sql: Sql): Promise<boolean> => {
  const [row] = await sql<{ required: boolean }[]>`
    select require_second_factor as required from installation for no key update
  `;
  return row!.required; // one row always
};

export const setRule = (sql: Sql, required: boolean) =>
  sql`update installation set require_second_factor = ${required}`;
