import { create } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { SettingGroupSchema, SettingSchema } from '#proto/muster/v1/settings_pb.js';
import { bySection, counting, setupSentence } from './sentence.ts';

const group = (name: string, section: string, ready: boolean) => create(SettingGroupSchema, { name, section, ready });

test('the sentence counts what is set up, and groups stand by their sections', () => {
  const groups = [
    group('mail', 'Mail', true),
    group('groq', 'Assistant providers', false),
    group('kimi', 'Assistant providers', true),
  ];
  expect(setupSentence(groups)).toBe('Mail is sent; 1 of 2 providers have a key.');
  expect(setupSentence([group('groq', 'Assistant providers', false)])).toBe('No mail is sent; no provider has a key.');
  expect(bySection(groups).map(([section, all]) => [section, all.length])).toEqual([
    ['Mail', 1],
    ['Assistant providers', 2],
  ]);
});

test('a setting is left out where another one makes it count for nothing', () => {
  const through = (value: string) =>
    counting([
      create(SettingSchema, { name: 'mail.transport', state: { case: 'plain', value: { value } } }),
      create(SettingSchema, { name: 'mail.smtp_host', shownWhen: { name: 'mail.transport', value: 'smtp' } }),
    ]).map(({ name }) => name);
  expect(through('smtp')).toEqual(['mail.transport', 'mail.smtp_host']);
  expect(through('resend')).toEqual(['mail.transport']);
});
