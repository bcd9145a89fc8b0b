import type { TeamRole } from '../access/index.ts';

/** An invite with the names that pages show. */
export interface InviteRow {
  readonly id: string;
  readonly teamId: string;
  readonly teamName: string;
  readonly email: string;
  readonly emailKey: string;
  readonly role: TeamRole;
  readonly invitedBy: string;
  readonly invitedByName: string;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly mailed: boolean;
}
