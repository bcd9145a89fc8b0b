import fc from 'fast-check';
import { expect, test } from 'vitest';
import { roundRobin, type Candidate } from './strategy.ts';

const candidates = fc.uniqueArray(fc.record({ hostId: fc.string({ minLength: 1 }), lastPlacement: fc.nat(5) }), {
  selector: ({ hostId }) => hostId,
  minLength: 1,
});

test('it chooses the host that has waited longest, whatever the order in which they come', () => {
  fc.assert(
    fc.property(candidates, fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })), (hosts, dice) => {
      const chosen = roundRobin(hosts)!;
      expect(chosen.lastPlacement).toBe(Math.min(...hosts.map(({ lastPlacement }) => lastPlacement)));
      const shuffled = hosts
        .map((host) => ({ host, at: dice.next().value }))
        .sort((a, b) => Number(a.at) - Number(b.at));
      expect(roundRobin(shuffled.map(({ host }) => host))).toEqual(chosen);
    }),
  );
});

test('over any number of turns no host is chosen twice before another one is chosen once', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 50 }), (hosts, turns) => {
      const all: Candidate[] = Array.from({ length: hosts }, (_, number) => ({
        hostId: `host${number}`,
        lastPlacement: 0,
      }));
      const counts = new Map(all.map(({ hostId }) => [hostId, 0]));
      for (let turn = 1; turn <= turns; turn += 1) {
        const { hostId } = roundRobin(all)!;
        all[all.findIndex((one) => one.hostId === hostId)] = { hostId, lastPlacement: turn };
        counts.set(hostId, counts.get(hostId)! + 1);
      }
      expect(Math.max(...counts.values()) - Math.min(...counts.values())).toBeLessThanOrEqual(1);
    }),
  );
});

test('nobody is chosen among none', () => {
  expect(roundRobin([])).toBeUndefined();
});
