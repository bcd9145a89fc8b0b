import { expect, test } from 'vitest';
import { fieldOf } from './useForm.ts';

const values = { name: '', labels: {}, memory_mib: 0, 'limits.cpu': 0 };

test.each([
  ['name', 'name'],
  ['limits.cpu', 'limits.cpu'],
  ['limits.memory_mib', 'memory_mib'],
  ['labels["a b"]', 'labels'],
  ['labels.key', 'labels'],
])('an error at %s is shown at the field %s', (path, field) => {
  expect(fieldOf(path, values)).toBe(field);
});

test.each(['', 'timeout', 'toString'])('an error at "%s" belongs to no field of this form', (path) => {
  expect(fieldOf(path, values)).toBeUndefined();
});
