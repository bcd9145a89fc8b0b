import type postgres from 'postgres';

/** The pool, or an open transaction: what a store's functions take first. */
export type Sql = postgres.Sql | postgres.TransactionSql;
export type Pool = postgres.Sql;
