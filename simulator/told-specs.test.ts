import { expect, test } from 'vitest';
import { ToldSpecs } from './told-specs.ts';

const [one, other] = [
  { hostname: 'one', memoryMib: 1n },
  { hostname: 'other', memoryMib: 1n },
];

test('specs are told until a heartbeat with them is answered', () => {
  const told = new ToldSpecs();
  expect(told.tell(one).specs).toBe(one);
  const second = told.tell(one);
  expect(second.specs).toBe(one);
  second.answered();
  expect(told.tell({ ...one }).specs).toBeUndefined();
  told.forget();
  expect(told.tell(one).specs).toBe(one);
});

test('specs whose answer was lost may have come: those before are told again', () => {
  const told = new ToldSpecs();
  told.tell(one).answered();
  told.tell(other);
  expect(told.tell(one).specs).toBe(one);
});

test('of answers that overtake each other, the one to the newest counts', () => {
  const told = new ToldSpecs();
  const [before, after] = [told.tell(one), told.tell(other)];
  after.answered();
  before.answered();
  expect(told.tell(other).specs).toBeUndefined();
  expect(told.tell(one).specs).toBe(one);
});
