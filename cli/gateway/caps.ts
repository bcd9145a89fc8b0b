import { GetGatewayUsageResponseSchema, SetGatewayCapsResponseSchema } from '#proto/muster/v1/gateway_pb.js';
import { CliError } from '../failure/cli-error.ts';
import { exitCodes } from '../failure/exit-codes.ts';
import { printJson } from '../output/json.ts';
import { printTable } from '../output/table.ts';
import type { Session, SessionOptions } from '../session/session.ts';
import { budgetColumns } from './columns.ts';
import { teamOf, type ScopeOptions } from './team.ts';

/** Options of `muster gateway caps set`. */
export interface CapOptions extends SessionOptions {
  readonly user?: string;
  readonly day?: number;
  readonly month?: number;
  readonly default?: boolean;
}

/** Prints what holds for everybody, and how each stands with their caps. */
export async function listCaps(session: Session, options: ScopeOptions): Promise<void> {
  const answer = await session.gateway.getGatewayUsage({ teamId: await teamOf(session, options), days: 1 });
  if (session.json) return printJson(session.stdout, GetGatewayUsageResponseSchema, answer);
  const { tokensPerDay = 0n, tokensPerMonth = 0n } = answer.defaultCaps ?? {};
  session.stdout.write(`Everybody: ${tokensPerDay} tokens a day, ${tokensPerMonth} a month.\n\n`);
  printTable(session.stdout, answer.budgets, budgetColumns, 'Nobody has a token, or has used anything.');
}

/** Sets caps; what is not named stays as it is. */
export async function setCaps(session: Session, options: CapOptions): Promise<void> {
  const { user = '', day, month, default: isDefault = false } = options;
  if (isDefault && (user === '' || day !== undefined || month !== undefined))
    throw new CliError('--default goes with --user alone.', exitCodes.usage);
  if (!isDefault && day === undefined && month === undefined)
    throw new CliError('Give --day, --month or both.', exitCodes.usage);
  const answer = await session.gateway.setGatewayCaps({
    userId: user,
    ...(!isDefault && { caps: await nextCaps(session, user, day, month) }),
  });
  if (session.json) return printJson(session.stdout, SetGatewayCapsResponseSchema, answer);
  const { tokensPerDay = 0n, tokensPerMonth = 0n } = answer.caps ?? {};
  session.stdout.write(`From now on: ${tokensPerDay} tokens a day, ${tokensPerMonth} a month.\n`);
}

async function nextCaps(session: Session, userId: string, day: number | undefined, month: number | undefined) {
  const whole = (value: number) => {
    if (!Number.isInteger(value) || value < 0) throw new CliError('Caps are whole numbers of tokens.', exitCodes.usage);
    return BigInt(value);
  };
  if (day !== undefined && month !== undefined) return { tokensPerDay: whole(day), tokensPerMonth: whole(month) };
  const { budgets, defaultCaps } = await session.gateway.getGatewayUsage({ days: 1 });
  const present = budgets.find((budget) => budget.userId === userId)?.caps ?? defaultCaps;
  return {
    tokensPerDay: day === undefined ? (present?.tokensPerDay ?? 0n) : whole(day),
    tokensPerMonth: month === undefined ? (present?.tokensPerMonth ?? 0n) : whole(month),
  };
}
