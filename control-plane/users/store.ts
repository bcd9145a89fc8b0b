import type { Sql } from '../database/index.ts';

export interface NewUser {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly emailKey: string;
  readonly passwordHash: string;
  readonly platformAdmin: boolean;
}

export const insertUser = (sql: Sql, user: NewUser) => sql`
  insert into users (id, name, email, email_key, password_hash, platform_admin)
  values (${user.id}, ${user.name}, ${user.email}, ${user.emailKey}, ${user.passwordHash}, ${user.platformAdmin})
`;

export const findSignIn = async (sql: Sql, emailKey: string) => {
  const [row] = await sql<{ id: string; passwordHash: string; active: boolean }[]>`
    select id, password_hash as "passwordHash", active from users where email_key = ${emailKey}
  `;
  return row;
};

export const findPasswordHash = async (sql: Sql, userId: string): Promise<string | undefined> => {
  const [row] = await sql<
    { passwordHash: string }[]
  >`select password_hash as "passwordHash" from users where id = ${userId}`;
  return row?.passwordHash;
};

/** Only where the hash is still the one that was checked: of two changes at once, one wins. */
export const replacePasswordHash = (sql: Sql, userId: string, from: string, to: string) => sql<{ id: string }[]>`
  update users set password_hash = ${to} where id = ${userId} and password_hash = ${from} returning id
`;

/** Whatever it was before. */
export const setPasswordHash = (sql: Sql, userId: string, passwordHash: string) => sql`
  update users set password_hash = ${passwordHash} where id = ${userId}
`;

/** Whether the installation has a platform admin with a password: until then it waits for its setup. */
export const hasPlatformAdmin = async (sql: Sql): Promise<boolean> => {
  const [row] = await sql<
    { found: boolean }[]
  >`select exists (select from users where platform_admin and sso_source is null) as found`;
  return row!.found; // one row always
};
