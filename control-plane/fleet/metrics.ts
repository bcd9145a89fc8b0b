import { Gauge } from 'prom-client';
import { ComponentState } from '#proto/muster/v1/fleet_pb.js';
import { systemContext, type Services } from '../context.ts';
import type { Survey } from './survey.ts';
import type { FleetView } from './views.ts';

const scrapeTimeoutMs = 10_000;

/** What runs where, judged when somebody looks. */
export function registerFleetMetrics(services: Services, survey: Survey): void {
  const { metrics } = services;
  // The gauges of one scrape are collected together: they share one reading.
  let reading: Promise<FleetView> | undefined;
  const read = (): Promise<FleetView> =>
    (reading ??= survey
      .read(systemContext(services, AbortSignal.timeout(scrapeTimeoutMs)))
      .finally(() => (reading = undefined)));

  const ratio = new Gauge({
    name: 'muster_fleet_on_target_ratio',
    help: 'Share of the machines that run their target with everything on them, from 0 to 1. Absent where no machine has joined.',
    registers: [],
    async collect() {
      const hosts = [...(await read()).hosts.values()];
      this.reset();
      if (hosts.length > 0)
        this.set(hosts.filter(({ state }) => state === ComponentState.CURRENT).length / hosts.length);
      else this.remove();
    },
  });
  const builds = new Gauge({
    name: 'muster_host_build_info',
    help: 'Always 1: which commit of a component a host runs, and its state.',
    labelNames: ['host', 'component', 'sha', 'state'],
    registers: [],
    async collect() {
      const { hosts } = await read();
      this.reset();
      for (const host of hosts.values()) {
        for (const { report, running, state } of host.components) {
          this.set(
            {
              host: host.name,
              component: report.component,
              sha: running?.sha ?? '',
              state: ComponentState[state].toLowerCase(),
            },
            1,
          );
        }
      }
    },
  });
  const ages = new Gauge({
    name: 'muster_head_age_seconds',
    help: "Seconds since a repository's head was first seen.",
    labelNames: ['repository', 'branch'],
    registers: [],
    async collect() {
      const { repositories, at } = await read();
      this.reset();
      for (const { name, branch, headObservedAt } of repositories) {
        if (headObservedAt) this.set({ repository: name, branch }, (at.getTime() - headObservedAt.getTime()) / 1000);
      }
    },
  });
  for (const gauge of [ratio, builds, ages]) metrics.registerMetric(gauge);
}
