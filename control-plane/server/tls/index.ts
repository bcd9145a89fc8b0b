import { Gauge, type Registry } from 'prom-client';
import type { Logger } from 'pino';
import { StartupError } from '../../errors.ts';
import type { Loop } from '../../loops/index.ts';
import { readCertificate, type Certificate, type CertificateFiles } from './certificate.ts';
import { tlsDoor, type TlsDoor } from './door.ts';
import { recordCertificate } from './store.ts';

/** The TLS of one replica. */
export interface Tls {
  readonly door: TlsDoor;
  /** Takes up a renewed certificate; one that cannot be used is said and changes nothing. */
  readonly loop: Loop;
  registerMetrics(metrics: Registry): void;
}

/** Renewals come days before the old one ends. */
const lookEveryMs = 10_000;

/** Reads the certificate and prepares TLS with it. Throws a StartupError with one sentence where it cannot be used. */
export async function openTls(files: CertificateFiles, log: Logger): Promise<Tls> {
  let shown = await readCertificate(files);
  let problem = '';
  if (isOver(shown)) log.error({ until: shown.validTo }, 'the certificate has ended: browsers and agents refuse it');
  const door = tlsDoor(shown);

  const takeUp = async () => {
    const next = await readCertificate(files);
    if (next.cert.equals(shown.cert) && next.key.equals(shown.key)) return;
    if (isOver(next) && !isOver(shown))
      throw new StartupError(`MUSTER_TLS_CERT: the new certificate in ${files.cert} has ended already.`);
    door.show(next);
    shown = next;
    log.info({ until: next.validTo }, 'a renewed certificate is shown from now on');
  };

  return {
    door,
    loop: {
      name: 'server.certificate',
      everyMs: lookEveryMs,
      singleton: false,
      async run({ sql, replicaId, replicaUrl: url }) {
        const before = problem;
        problem = await takeUp().then(() => '', sentenceOf);
        if (problem !== '' && problem !== before)
          log.error(
            { why: problem, until: shown.validTo },
            'the renewed certificate cannot be used: the old one stays',
          );
        const { validTo: endsAt, warnAt } = shown;
        await recordCertificate(sql, { replicaId, url, endsAt, warnAt, problem });
        return { until: shown.validTo, problem };
      },
    },
    registerMetrics(metrics) {
      metrics.registerMetric(
        new Gauge({
          name: 'muster_tls_certificate_ends_seconds',
          help: 'When the certificate that is shown ends, as seconds since 1970.',
          registers: [],
          collect() {
            this.set(shown.validTo.getTime() / 1000);
          },
        }),
      );
      metrics.registerMetric(
        new Gauge({
          name: 'muster_tls_renewal_broken',
          help: '1 while the files hold a certificate that cannot be used, so that the one before is still shown.',
          registers: [],
          collect() {
            this.set(problem === '' ? 0 : 1);
          },
        }),
      );
    },
  };
}

const isOver = ({ validTo }: Certificate) => validTo.getTime() <= Date.now();

function sentenceOf(error: unknown): string {
  if (error instanceof StartupError) return error.message;
  throw error;
}
