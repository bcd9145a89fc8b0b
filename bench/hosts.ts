// npm run bench:hosts [-- HOSTS]: what a large fleet costs, alone; npm run bench measures it after everything else.
import { cpus, loadavg } from 'node:os';
import { verdictTable } from './figures.ts';
import { judgeHosts } from './hosts/judge.ts';

const verdicts = await judgeHosts(Number(process.argv[2] ?? 10_000));
process.stdout.write(`\n${cpus().length} processors, load ${loadavg()[0]?.toFixed(1)}\n\n${verdictTable(verdicts)}\n`);
process.exitCode = verdicts.some(({ ok }) => ok === false) ? 1 : 0;
