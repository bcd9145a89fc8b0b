const known = new WeakSet<object>();

/**
 * Lets go of who asked a statement first. The driver keeps for each statement in the code an error that says where that was,
 * and V8 keeps with an error, until its stack is read, the last functions on it with all that they hold: a connection, its
 * pool, its replica. So it is read at once.
 */
export function withoutOrigin<Q>(strings: unknown, query: Q): Q {
  if (typeof strings !== 'object' || strings === null || known.has(strings)) return query;
  // A getter that reads the stack; what was refused, and what is only a part of a statement, has none.
  if ((query as { origin?: string }).origin !== undefined) known.add(strings);
  return query;
}
