import type { Sql } from '../../database/index.ts';
import type { HostStatus, Specs } from '../host.ts';

/** Adds a join token and ends the host's older ones. */
export async function insertJoinToken(
  sql: Sql,
  token: { id: string; hash: Buffer; hostId: string; lifetimeMs: number },
): Promise<{ expiresAt: Date }> {
  const [row] = await sql<{ expiresAt: Date }[]>`
    with older as (
      update join_tokens set revoked_at = now()
      where host_id = ${token.hostId} and used_at is null and revoked_at is null
    )
    insert into join_tokens (id, token_hash, host_id, expires_at)
    values (${token.id}, ${token.hash}, ${token.hostId}, now() + ${token.lifetimeMs}::float8 * interval '1 millisecond')
    returning expires_at as "expiresAt"
  `;
  return row!; // an insert answers its row
}

/** The side of a host that credentials concern. */
export interface HostIdentity {
  readonly id: string;
  readonly name: string;
  readonly status: HostStatus;
  readonly epoch: number;
  readonly enrolmentId: string | null;
  readonly publicKey: Buffer | null;
  readonly quarantined: boolean;
}

const identity = (sql: Sql) => sql`
  host.id, host.name, host.status, host.epoch, host.enrolment_id as "enrolmentId", host.public_key as "publicKey",
  host.quarantined_at is not null as quarantined
`;

/** The host that a join token is for, its row locked: whoever joins or mints a token for it comes one after the other. */
export async function lockHostOfJoinToken(sql: Sql, tokenId: string): Promise<HostIdentity | undefined> {
  const [row] = await sql<HostIdentity[]>`
    select ${identity(sql)} from hosts host
    where host.id = (select host_id from join_tokens where id = ${tokenId})
    for no key update of host
  `;
  return row;
}

/** A host's side of its credentials, its row locked until the transaction ends. */
export async function lockHostIdentity(sql: Sql, hostId: string): Promise<HostIdentity | undefined> {
  const [row] = await sql<HostIdentity[]>`
    select ${identity(sql)} from hosts host where host.id = ${hostId} for no key update of host
  `;
  return row;
}

export interface JoinTokenRow {
  readonly hash: Buffer;
  /** Not revoked, and its life is not over. */
  readonly alive: boolean;
  readonly used: boolean;
  readonly usedPublicKey: Buffer | null;
  readonly usedRefreshHash: Buffer | null;
  readonly enrolmentId: string | null;
}

export async function findJoinToken(sql: Sql, id: string): Promise<JoinTokenRow | undefined> {
  const [row] = await sql<JoinTokenRow[]>`
    select token_hash as hash, revoked_at is null and expires_at > now() as alive, used_at is not null as used,
      used_public_key as "usedPublicKey", used_refresh_hash as "usedRefreshHash", enrolment_id as "enrolmentId"
    from join_tokens where id = ${id}
  `;
  return row;
}

export const consumeJoinToken = (
  sql: Sql,
  id: string,
  use: { publicKey: Uint8Array; refreshHash: Uint8Array; enrolmentId: string },
) => sql`
  update join_tokens
  set used_at = now(), used_public_key = ${use.publicKey}, used_refresh_hash = ${use.refreshHash}, enrolment_id = ${use.enrolmentId}
  where id = ${id}
`;

/** Gives the host its new key. An earlier enrolment's epoch ends with it; so does a quarantine, which an operator settled by minting the token. */
export async function enrolHost(
  sql: Sql,
  host: { id: string; enrolmentId: string; publicKey: Uint8Array; specs: Specs },
): Promise<{ epoch: number }> {
  const { specs } = host;
  const [row] = await sql<{ epoch: number }[]>`
    update hosts
    set status = 'online', joined_at = now(), last_seen_at = now(), public_key = ${host.publicKey},
      epoch = epoch + case when enrolment_id is null then 0 else 1 end, enrolment_id = ${host.enrolmentId},
      quarantined_at = null, quarantine_reason = null, instance_id = null, last_sequence = null, retired_instances = '{}', instance_returns = 0,
      arch = ${specs.arch}, cpus = ${specs.cpus}, memory_mib = ${specs.memoryMib}, disk_mib = ${specs.diskMib}, os = ${specs.os},
      kernel = ${specs.kernel}, hostname = ${specs.hostname}, agent_version = ${specs.agentVersion}, agent_sha = ${specs.agentSha},
      runtime = ${specs.runtime}, runtime_problem = ${specs.runtimeProblem}, egress = ${specs.egress}, egress_problem = ${specs.egressProblem},
      missing_builders = ${specs.missingBuilders as string[]}, templates = ${specs.templates as string[]}
    where id = ${host.id}
    returning epoch
  `;
  return row!; // the row is locked by the caller
}

/** Ends the host's families and begins a new one with its first refresh token. */
export async function insertFamily(
  sql: Sql,
  family: {
    id: string;
    hostId: string;
    enrolmentId: string;
    tokenId: string;
    tokenHash: Uint8Array;
    lifetimeMs: number;
  },
): Promise<void> {
  await sql`update host_families set state = 'ended', changed_at = now(), reason = 'the host joined anew' where host_id = ${family.hostId} and state <> 'ended'`;
  await sql`insert into host_families (id, host_id, enrolment_id) values (${family.id}, ${family.hostId}, ${family.enrolmentId})`;
  await insertRefreshToken(sql, { ...family, familyId: family.id, state: 'current', generation: 1 });
}

export const insertRefreshToken = (
  sql: Sql,
  token: {
    tokenId: string;
    tokenHash: Uint8Array;
    familyId: string;
    state: 'current' | 'pending';
    generation: number;
    lifetimeMs: number;
  },
) => sql`
  insert into host_refresh_tokens (id, token_hash, family_id, state, generation, expires_at)
  values (${token.tokenId}, ${token.tokenHash}, ${token.familyId}, ${token.state}, ${token.generation},
    now() + ${token.lifetimeMs}::float8 * interval '1 millisecond')
`;

/** A refresh token with its family and its host; family and host are locked. */
export interface RefreshTokenRow {
  readonly hash: Buffer;
  readonly state: 'pending' | 'current' | 'spent';
  readonly generation: number;
  /** Of a spent one: null where it was never confirmed, because another proposal superseded it. */
  readonly successorHash: Buffer | null;
  readonly expired: boolean;
  readonly familyId: string;
  readonly familyState: 'active' | 'locked' | 'ended';
  readonly enrolmentId: string;
  readonly host: HostIdentity;
}

export async function lockRefreshToken(sql: Sql, id: string): Promise<RefreshTokenRow | undefined> {
  // Host before family, as joining and deleting do. The token is read after them: its state may have changed while we waited.
  const [host] = await sql<HostIdentity[]>`
    select ${identity(sql)} from hosts host
    where host.id = (select family.host_id from host_refresh_tokens token join host_families family on family.id = token.family_id where token.id = ${id})
    for no key update of host
  `;
  if (!host) return undefined;
  const [row] = await sql<Omit<RefreshTokenRow, 'host'>[]>`
    select token.token_hash as hash, token.state, token.generation, token.successor_hash as "successorHash", token.expires_at <= now() as expired,
      family.id as "familyId", family.state as "familyState", family.enrolment_id as "enrolmentId"
    from host_refresh_tokens token join host_families family on family.id = token.family_id
    where token.id = ${id}
    for update of family
  `;
  return row && { ...row, host };
}

/** The successor that is proposed but not confirmed. */
export async function findPendingToken(
  sql: Sql,
  familyId: string,
): Promise<{ id: string; hash: Buffer; generation: number } | undefined> {
  const [row] = await sql<{ id: string; hash: Buffer; generation: number }[]>`
    select id, token_hash as hash, generation from host_refresh_tokens where family_id = ${familyId} and state = 'pending'
  `;
  return row;
}

/** So many superseded proposals of a family are remembered. An agent has one, where its disk went back to what it was. */
const rememberedProposals = 20;

/**
 * Withdraws a proposal that another one supersedes. It is remembered as spent, without a successor: whoever comes with it
 * made another proposal than the agent whose token was taken. Its generation is never given again.
 */
export async function supersedePendingToken(sql: Sql, familyId: string): Promise<void> {
  await sql`
    update host_refresh_tokens set state = 'spent', spent_at = now() where family_id = ${familyId} and state = 'pending'
  `;
  await sql`
    delete from host_refresh_tokens where id in (
      select id from host_refresh_tokens where family_id = ${familyId} and state = 'spent' and successor_hash is null
      order by generation desc offset ${rememberedProposals}
    )
  `;
}

/** Makes the pending token of this generation the current one, and its predecessor spent. Answers whether there was one. */
export async function promotePendingToken(sql: Sql, familyId: string, generation: number): Promise<boolean> {
  const spent = await sql`
    update host_refresh_tokens token
    set state = 'spent', spent_at = now(), successor_hash = pending.token_hash
    from host_refresh_tokens pending
    where token.family_id = ${familyId} and token.state = 'current'
      and pending.family_id = ${familyId} and pending.state = 'pending' and pending.generation = ${generation}
    returning token.id
  `;
  if (spent.length === 0) return false;
  await sql`update host_refresh_tokens set state = 'current' where family_id = ${familyId} and state = 'pending'`;
  return true;
}

/** No access token that hosts may hold of the life before is of a later generation. */
const generationLeap = 1000;

/** Makes a token that the database does not know the family's current one. The family is locked by the caller. */
export async function reestablishFamily(
  sql: Sql,
  { familyId, token, lifetimeMs }: { familyId: string; token: { id: string; hash: Uint8Array }; lifetimeMs: number },
): Promise<void> {
  await supersedePendingToken(sql, familyId);
  const [row] = await sql<{ generation: number }[]>`
    update host_refresh_tokens set state = 'spent', spent_at = now(), successor_hash = ${token.hash}
    where family_id = ${familyId} and state = 'current'
    returning generation
  `;
  await insertRefreshToken(sql, {
    tokenId: token.id,
    tokenHash: token.hash,
    familyId,
    state: 'current',
    generation: (row?.generation ?? 0) + generationLeap,
    lifetimeMs,
  });
}

/** The family that a host lives on now, locked. */
export async function lockActiveFamily(sql: Sql, hostId: string): Promise<{ id: string } | undefined> {
  const [row] = await sql<
    { id: string }[]
  >`select id from host_families where host_id = ${hostId} and state = 'active' for update`;
  return row;
}
