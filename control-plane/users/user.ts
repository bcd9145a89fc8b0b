/** An account as its owner and platform admins see it. */
export interface UserRow {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly platformAdmin: boolean;
  readonly active: boolean;
  readonly createdAt: Date;
  readonly lastSeenAt: Date | null;
  /** Whether they have a passkey. */
  readonly secondFactor: boolean;
  readonly teams: string[];
}
