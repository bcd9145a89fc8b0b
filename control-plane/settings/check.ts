import { isIP } from 'node:net';
import { z } from 'zod';
import type { Config } from '../config.ts';
import { displayName } from '../display-name.ts';
import { invalidField } from '../errors.ts';
import type { PlainField, SecretField } from './registry/index.ts';

/** A value as it is saved. Throws INVALID_FIELD, with a sentence that says what it has to be. */
export function checkedValue(field: PlainField, given: string, config: Config): string {
  const value = given.trim();
  const refuse = (what: string) => invalidField('value', `${field.label} must be ${what}.`);
  switch (field.kind) {
    case 'text':
      return displayName('value', value).slice(0, 200);
    case 'host':
      if (isIP(value) === 0 && !/^[A-Za-z0-9._-]{1,253}$/.test(value))
        throw refuse('the name of a server such as smtp.example.com, without a port');
      return value.toLowerCase();
    case 'email':
      if (!z.email().max(254).safeParse(value).success) throw refuse('an email address such as muster@example.com');
      return value;
    case 'port':
      if (!/^[1-9]\d{0,4}$/.test(value) || Number(value) > 65_535) throw refuse('a port: a number from 1 to 65535');
      return value;
    case 'amount':
      if (!/^\d{1,6}(\.\d{1,2})?$/.test(value) || Number(value) === 0)
        throw refuse('an amount in US dollars such as 5 or 2.50, up to 999999');
      return value;
    case 'choice': {
      const values = field.choices?.map((choice) => choice.value) ?? [];
      if (!values.includes(value)) throw refuse(`one of ${values.join(', ')}`);
      return value;
    }
    case 'url':
      return checkedUrl(field, value, config);
  }
}

/** A token that no setting is. */
export const checkedToken = (label: string, given: string): string => checkedSecret({ shape: 'token', label }, given);

function checkedUrl({ label }: PlainField, value: string, { privateRanges }: Config): string {
  const url = URL.parse(value);
  const plain = url?.protocol === 'http:' && privateRanges !== undefined;
  if (!url || (url.protocol !== 'https:' && !plain))
    throw invalidField('value', `${label} must be an address that begins with https://.`);
  if (url.username || url.password || url.search || url.hash)
    throw invalidField(
      'value',
      `${label} must be an address alone: without a user, a password, a question mark or a #.`,
    );
  return url.href.replace(/\/+$/, '');
}

/** A secret as it is kept: without what a copy and paste brings along at its ends. */
export function checkedSecret({ shape, label }: Pick<SecretField, 'shape' | 'label'>, given: string): string {
  const value = shape === 'token' ? given.trim() : given.replace(/[\r\n]+$/, '');
  if (value === '') throw invalidField('value', `${label} must not be empty: clear it instead.`);
  if (shape === 'token' && !/^[\x21-\x7e]+$/.test(value))
    throw invalidField('value', `${label} must be one word without spaces or line breaks: copy it again.`);
  if (shape === 'password' && /[\0\r\n]/.test(value)) throw invalidField('value', `${label} must be one line.`);
  return value;
}
