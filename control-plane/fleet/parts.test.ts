import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openMirrors } from './git/mirrors.ts';
import { openLookout } from './repositories/lookout.ts';
import { openSurvey, type Survey } from './survey.ts';
import { startFleetBench, type FleetBench } from './testing/fleet.ts';

let bench: FleetBench;
let survey: Survey;
beforeAll(async () => {
  bench = await startFleetBench();
  const mirrors = openMirrors(join(bench.root, 'mirrors'));
  survey = openSurvey(
    bench.plane.services.log,
    mirrors,
    openLookout(mirrors, () => {}),
  );
});
afterAll(() => bench.stop());

const partsOf = async (atOnce: number) => {
  const parts: string[][] = [];
  for await (const { hosts } of survey.readInParts(bench.plane.context, atOnce))
    parts.push([...hosts.values()].map(({ name }) => name));
  return parts;
};

test('a fleet is read in parts, each host in one of them, with what it runs; an empty one is one part', async () => {
  expect(await partsOf(2)).toEqual([[]]);
  const names = ['one', 'two', 'three', 'four', 'five'];
  for (const name of names) await bench.report(await bench.addHost(name), { runningSha: 'a'.repeat(40) });
  const parts = await partsOf(2);
  expect(parts.map((part) => part.length)).toEqual([2, 2, 1]);
  expect(parts.flat().toSorted()).toEqual(names.toSorted());
  for await (const { hosts } of survey.readInParts(bench.plane.context))
    expect([...hosts.values()].map(({ components }) => components.length)).toEqual([1, 1, 1, 1, 1]);
});
