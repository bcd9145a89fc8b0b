import type { Setting, SettingGroup } from '#proto/muster/v1/settings_pb.js';

const providers = 'Assistant providers';

/** How the installation is set up, in one sentence. */
export function setupSentence(groups: readonly SettingGroup[]): string {
  const mail = groups.find(({ name }) => name === 'mail');
  const others = groups.filter(({ section }) => section === providers);
  const ready = others.filter((group) => group.ready);
  const keys =
    ready.length === 0 ? 'no provider has a key' : `${ready.length} of ${others.length} providers have a key`;
  return `${mail?.ready === true ? 'Mail is sent' : 'No mail is sent'}; ${keys}.`;
}

/** The groups by their sections, in their order. */
export function bySection(groups: readonly SettingGroup[]): [section: string, groups: SettingGroup[]][] {
  const sections = new Map<string, SettingGroup[]>();
  for (const group of groups) sections.set(group.section, [...(sections.get(group.section) ?? []), group]);
  return [...sections];
}

/** Settings that count as the others stand. */
export function counting(settings: readonly Setting[]): Setting[] {
  const values = new Map(settings.map(({ name, state }) => [name, state.case === 'plain' ? state.value.value : '']));
  return settings.filter(({ shownWhen }) => !shownWhen || values.get(shownWhen.name) === shownWhen.value);
}
