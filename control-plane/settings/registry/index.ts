import { notFound } from '../../errors.ts';
import type { Field, Group, PlainField, SecretField } from './field.ts';
import { forge } from './forge.ts';
import { gateway } from './gateway.ts';
import { mail } from './mail.ts';
import { providerGroups } from './providers.ts';

export type { Field, Group, PlainField, SecretField } from './field.ts';

/** Every setting that there is: the one table. */
export const groups: readonly Group[] = [mail, ...providerGroups, gateway, forge];

const fields = new Map(groups.flatMap((group) => group.fields.map((field) => [field.name, field] as const)));

export function groupNamed(name: string): Group {
  const group = groups.find((one) => one.name === name);
  if (!group) throw notFound('group of settings');
  return group;
}

/** A setting that is no secret. Throws NOT_FOUND for anything else. */
export function plainField(name: string): PlainField {
  const field = fields.get(name);
  if (!field || field.kind === 'secret') throw notFound('setting');
  return field;
}

/** Throws NOT_FOUND for what is no secret. */
export function secretField(name: string): SecretField {
  const field = fields.get(name);
  if (field?.kind !== 'secret') throw notFound('secret');
  return field;
}

/** The secrets that are sent to where this setting says. */
export const secretsSentTo = (name: string): readonly SecretField[] =>
  [...fields.values()].filter((field): field is SecretField => field.kind === 'secret' && field.sentTo.includes(name));

export const isSecretField = (field: Field): field is SecretField => field.kind === 'secret';
