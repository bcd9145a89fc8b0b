import { expect, test } from 'vitest';
import { checkNewTemplate, newTemplate, templateRequest } from './source-form.ts';

const wrong = (values: Partial<typeof newTemplate>) =>
  Object.entries(checkNewTemplate({ ...newTemplate, name: 'tools', ...values }, undefined))
    .filter(([, error]) => error !== undefined)
    .map(([field]) => field);

test('only what the chosen source needs is asked for', () => {
  expect(wrong({ kind: 'image' })).toEqual(['reference']);
  expect(wrong({ kind: 'image', reference: 'docker.io/library/debian:12' })).toEqual([]);
  expect(wrong({ kind: 'packages', packages: 'git, ripgrep  g++' })).toEqual([]);
  expect(wrong({ kind: 'packages', packages: 'git; rm' })).toEqual(['packages']);
  expect(wrong({ kind: 'snapshot' })).toEqual(['snapshot_id']);
  expect(wrong({ kind: 'tarball' })).toEqual(['kind']);
});

test('base is the name of the hosts’ own', () => {
  expect(wrong({ kind: 'packages', name: 'base' })).toEqual(['name']);
});

test('packages are separated by spaces or commas', () => {
  const values = { ...newTemplate, name: ' tools ', kind: 'packages', packages: 'git, ripgrep\ncurl' } as const;
  expect(templateRequest(values)).toEqual({
    name: 'tools',
    source: { case: 'debianPackages', value: { packages: ['git', 'ripgrep', 'curl'] } },
  });
});
