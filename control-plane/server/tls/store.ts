import type { Sql } from '../../database/index.ts';

/** The certificate that a replica shows. */
export interface ShownCertificate {
  readonly replicaId: string;
  /** As the other replicas reach it. */
  readonly url: string;
  readonly endsAt: Date;
  /** From when on somebody is told. */
  readonly warnAt: Date;
  /** Why its renewal cannot be used; empty where nothing is wrong. */
  readonly problem: string;
}

export type CertificateToRenew = Pick<ShownCertificate, 'url' | 'endsAt' | 'problem'>;

/** Says what a replica shows now. Replicas of long ago are forgotten. */
export const recordCertificate = (sql: Sql, { replicaId, url, endsAt, warnAt, problem }: ShownCertificate) => sql`
  with forgotten as (delete from shown_certificates where seen_at < now() - interval '1 hour' and replica_id <> ${replicaId})
  insert into shown_certificates (replica_id, url, ends_at, warn_at, problem)
  values (${replicaId}, ${url}, ${endsAt}, ${warnAt}, ${problem})
  on conflict (replica_id) do update
    set ends_at = excluded.ends_at, warn_at = excluded.warn_at, problem = excluded.problem, seen_at = now()
`;

/** Certificates that end soon or whose renewal cannot be used. A replica that starts anew is the same, by its address. */
export const findCertificatesToRenew = (sql: Sql) => sql<CertificateToRenew[]>`
  select distinct on (url) url, ends_at as "endsAt", problem from shown_certificates
  where seen_at > now() - interval '5 minutes' and (warn_at <= now() or problem <> '')
  order by url, seen_at desc
`;
