import { create } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { expect, test } from 'vitest';
import { MetricsSampleSchema } from '#proto/muster/v1/metrics_pb.js';
import { SandboxLimitsSchema } from '#proto/muster/v1/sandbox_pb.js';
import { beginOf, graphSentence, graphsOf, runsOf, topOf, type Graph } from './series.ts';

const limits = create(SandboxLimitsSchema, { cpu: 2, memoryMib: 512, diskMib: 2048, pids: 100 });
const sample = (atMs: number, cpu: number, receivedBytes = 0n) =>
  create(MetricsSampleSchema, {
    at: timestampFromMs(atMs),
    cpu,
    memoryBytes: 64n * 1024n * 1024n,
    pids: 3,
    receivedBytes,
  });
const graphs = (fineness: 'seconds' | 'minutes') =>
  graphsOf([sample(1000, 0.1, 600n), sample(2000, 0.25)], { limits, diskBytes: 0, fineness });
const named = (all: readonly Graph[], title: string) => all.find((graph) => graph.title === title)!;

test('a chart says what it shows in a sentence', () => {
  expect(graphSentence(named(graphs('seconds'), 'CPU'))).toBe('CPU: now 0.25, at most 0.25; the limit is 2 CPUs.');
  expect(graphSentence(named(graphs('seconds'), 'Network'))).toBe(
    'Network. Received: now 0 bytes/s, at most 600 bytes/s; Sent: now 0 bytes/s, at most 0 bytes/s.',
  );
});

test('traffic of a minute is said for a second', () => {
  expect(named(graphs('minutes'), 'Network').lines[0]?.points[0]?.value).toBe(10);
});

test('a line breaks where nobody measured', () => {
  const points = [0, 1000, 2000, 9000, 10_000].map((atMs) => ({ atMs, value: 1 }));
  expect(runsOf(points, 1000).map((run) => run.length)).toEqual([3, 2]);
  expect(runsOf([], 1000)).toEqual([]);
});

test.each([
  [[0], 0, 1],
  [[0.1], 2, 0.2],
  [[1.2], 2, 2],
  [[2.4], 2, 2.4],
  [[40], 0, 50],
])('the top above %o with limit %i is %d', (values, limit, top) => {
  const points = values.map((value, index) => ({ atMs: index, value }));
  const graph: Graph = { title: '', lines: [{ word: '', points }], limit, limitText: '', text: String };
  expect(topOf(graph)).toBeCloseTo(top);
});

test('the top above bytes is a round number of bytes', () => {
  const points = [{ atMs: 0, value: 700_000 }];
  const graph: Graph = { title: '', lines: [{ word: '', points }], limit: 0, limitText: '', text: String, bytes: true };
  expect(topOf(graph)).toBe(1024 * 1024);
});

test('charts begin with what was measured, and show a minute at least and ten at most', () => {
  const now = 10_000_000;
  expect(beginOf([], now, 'seconds')).toBe(now - 60_000);
  expect(beginOf([sample(now - 90_000, 0)], now, 'seconds')).toBe(now - 90_000);
  expect(beginOf([sample(now - 9_000_000, 0)], now, 'seconds')).toBe(now - 600_000);
});
