// A process that seals until it is killed: `node seal-for-ever.ts <database url> <data directory>`. Says so once it runs.
import { pino } from 'pino';
import { systemContext } from '../../context.ts';
import { openPool } from '../../database/index.ts';
import { sealAuditEvents } from '../chain/sealer.ts';
import { openServices } from './services.ts';

const [url = '', dataDir = ''] = process.argv.slice(2);
const pool = openPool(url, pino({ level: 'silent' }), { max: 4 });
const services = await openServices(pool, url, dataDir);
const context = systemContext(services, new AbortController().signal);
process.stdout.write('sealing\n');
// Two at once, as when a lost lock leaves an old sealer at work beside the new one.
for (;;) await Promise.all([sealAuditEvents(context), sealAuditEvents(context)]);
