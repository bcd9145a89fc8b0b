import postgres from 'postgres';

/** SQLSTATE classes and codes that say: the database itself is the trouble; repeat later. */
const unavailable = ['08', '53', '57P01', '57P02', '57P03', '57P05', '25006'];
/** What postgres.js says when there is no connection, and what the socket says beneath it. */
const connectionCodes = new Set([
  'CONNECTION_CLOSED',
  'CONNECTION_ENDED',
  'CONNECTION_DESTROYED',
  'CONNECT_TIMEOUT',
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ERR_SOCKET_CLOSED',
]);

/** Whether an error means that the database cannot be reached or is going away. Such a call may be repeated. */
export function isDatabaseUnavailable(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return false;
  const { code } = error;
  if (error instanceof postgres.PostgresError) return unavailable.some((prefix) => code.startsWith(prefix));
  // Node's own errors carry these too, but nothing on the server's request path opens sockets or files beside the pool.
  return connectionCodes.has(code);
}

/**
 * Whether a transaction lost against another and may be repeated: serialization failure, deadlock, or a statement that
 * came after one that failed, whose own reason nobody waited for. Nothing of it has happened.
 */
export function isRetryable(error: unknown): boolean {
  return error instanceof postgres.PostgresError && retryable.has(error.code);
}

const retryable = new Set(['40001', '40P01', '25P02']);

/** Whether an error is the violation of this unique constraint or index. */
export function violatesUnique(error: unknown, constraint: string): boolean {
  return error instanceof postgres.PostgresError && error.code === '23505' && error.constraint_name === constraint;
}

/** Whether a statement took longer than the pool allows. */
export function isStatementTimeout(error: unknown): boolean {
  return error instanceof postgres.PostgresError && error.code === '57014';
}

/** Whether a text holds what PostgreSQL cannot store: the zero character, half of a surrogate pair. */
export function isUnstorableText(error: unknown): boolean {
  return error instanceof postgres.PostgresError && (error.code === '22021' || error.code === '22P05');
}
