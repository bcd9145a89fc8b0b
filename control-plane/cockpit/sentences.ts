import { CockpitChangeKind } from '#proto/muster/v1/cockpit_pb.js';
import type { TeamNews } from '../audit/index.ts';
import type { Change } from './change.ts';

const { CO_USER, KEY, MACHINE } = CockpitChangeKind;

interface Sentence {
  readonly kind: CockpitChangeKind;
  readonly says: (news: TeamNews) => string;
}

const somebody = ({ targetName }: TeamNews): string => targetName ?? 'Somebody';
const thing =
  (what: string, became: string) =>
  ({ name, targetName }: TeamNews): string => {
    const called = name ?? targetName;
    return `The ${what}${called === null ? '' : ` ${called}`} ${became}.`;
  };
const atProvider =
  (what: string, became: string) =>
  ({ provider }: TeamNews): string =>
    `${what}${provider === null ? '' : ` at ${provider}`} ${became}.`;
const host = (became: string) => (news: TeamNews) => `${news.targetName ?? news.name ?? 'A machine'} ${became}.`;

/** What people of a team are told of what stands in its audit: one more action is one more row. */
const sentences: Readonly<Record<string, Sentence>> = {
  'invite.accept': { kind: CO_USER, says: ({ userName }) => `${userName ?? 'Somebody'} joined.` },
  'member.add': { kind: CO_USER, says: (news) => `${somebody(news)} joined.` },
  'member.remove': { kind: CO_USER, says: (news) => `${somebody(news)} was removed.` },
  'team.leave': { kind: CO_USER, says: (news) => `${somebody(news)} left.` },
  'member.set_role': {
    kind: CO_USER,
    says: (news) => `${somebody(news)} is ${news.role === 'admin' ? 'an admin' : 'a member'} now.`,
  },
  'ownership.accept': { kind: CO_USER, says: (news) => `${news.actorName ?? 'Somebody'} owns the team now.` },
  'api_key.create': { kind: KEY, says: thing('API key', 'was made') },
  'api_key.rotate': { kind: KEY, says: thing('API key', 'was rotated') },
  'api_key.revoke': { kind: KEY, says: thing('API key', 'was revoked') },
  'gateway_token.create': { kind: KEY, says: thing('gateway token', 'was made') },
  'gateway_token.rotate': { kind: KEY, says: thing('gateway token', 'was rotated') },
  'gateway_token.revoke': { kind: KEY, says: thing('gateway token', 'was revoked') },
  'provider_key.seed': { kind: KEY, says: () => 'Your sandboxes were given keys for models.' },
  'provider_key.remove': {
    kind: KEY,
    says: () => 'The keys for models that your sandboxes were given were taken away.',
  },
  'provider_key.set': { kind: KEY, says: atProvider('A key of your own', 'was entered') },
  'provider_key.clear': { kind: KEY, says: atProvider('The key of your own', 'was removed') },
  'provider_key.mint': { kind: KEY, says: atProvider('A new key', 'was minted for you') },
  'provider_key.rotate': { kind: KEY, says: atProvider('The minted key', 'is being replaced') },
  'host.create': { kind: MACHINE, says: host('is to become a machine of the team') },
  'host.join': { kind: MACHINE, says: host('joined') },
  'host.cordon': { kind: MACHINE, says: host('takes no new sandboxes') },
  'host.uncordon': { kind: MACHINE, says: host('takes new sandboxes again') },
  'host.drain': { kind: MACHINE, says: host('is being drained: its sandboxes end') },
  'host.quarantine': { kind: MACHINE, says: host('was locked after a finding') },
  'host.unlock': { kind: MACHINE, says: host('was unlocked') },
  'host.delete': { kind: MACHINE, says: host('was deleted') },
};

/** The actions that there is a sentence for. */
export const toldActions: readonly string[] = Object.keys(sentences);

/** Undefined for what nobody is told. */
export function changeOf(news: TeamNews): Change | undefined {
  const sentence = sentences[news.action];
  return (
    sentence && {
      key: `audit ${news.id}`,
      atMicros: news.atMicros,
      kind: sentence.kind,
      subject: news.userId ?? news.target ?? '',
      sentence: sentence.says(news),
      by: isItself(news) ? '' : (news.actorName ?? ''),
    }
  );
}

/** Who joins or leaves by themselves stands in the sentence already. */
const isItself = ({ actor, target, userId }: TeamNews): boolean =>
  actor === `user:${target ?? ''}` || actor === `user:${userId ?? ''}`;
