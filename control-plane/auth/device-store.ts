import type { Sql } from '../database/index.ts';

export interface DeviceLogin {
  readonly id: string;
  readonly deviceName: string;
  /** Milliseconds until it ends, by the database's clock. */
  readonly remainingMs: number;
  readonly decided: boolean;
  /** Set together where it was approved. */
  readonly userId: string | null;
  readonly sessionId: string | null;
}

/** Answers nothing where the code is taken by another that has not ended. */
export const insertDeviceLogin = (
  sql: Sql,
  login: { id: string; userCode: string; deviceName: string; lifeMs: number },
) => sql<{ expiresAt: Date }[]>`
  with over as (delete from device_logins where user_code = ${login.userCode} and expires_at < now())
  insert into device_logins (id, user_code, device_name, expires_at)
  values (${login.id}, ${login.userCode}, ${login.deviceName}, now() + ${login.lifeMs} * interval '1 millisecond')
  on conflict (user_code) do nothing
  returning expires_at as "expiresAt"
`;

export const findDeviceLogin = async (sql: Sql, id: string): Promise<DeviceLogin | undefined> => {
  const [row] = await sql<DeviceLogin[]>`
    select id, device_name as "deviceName", decided_at is not null as decided, user_id as "userId", session_id as "sessionId",
      extract(epoch from expires_at - now())::double precision * 1000 as "remainingMs"
    from device_logins where id = ${id}
  `;
  return row;
};

/** Takes the decision about a code that still waits for one; of two, the first counts. */
export const decideDeviceLogin = async (sql: Sql, userCode: string) => {
  const [row] = await sql<{ id: string; deviceName: string }[]>`
    update device_logins set decided_at = now()
    where user_code = ${userCode} and decided_at is null and expires_at > now()
    returning id, device_name as "deviceName"
  `;
  return row;
};

export const approveDeviceLogin = (sql: Sql, id: string, by: { userId: string; sessionId: string }) => sql`
  update device_logins set user_id = ${by.userId}, session_id = ${by.sessionId} where id = ${id}
`;

export const removeOldDeviceLogins = (sql: Sql) =>
  sql`delete from device_logins where expires_at < now() - interval '1 day'`;
