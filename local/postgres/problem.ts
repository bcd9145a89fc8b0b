/** Why the embedded PostgreSQL cannot be used, in one sentence that says what to do. */
export class PostgresError extends Error {
  override name = 'PostgresError';
}
