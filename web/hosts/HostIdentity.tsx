import type { HostIdentity } from '#proto/muster/v1/host_pb.js';
import { CopyText } from '../parts/Copy.tsx';
import { Facts } from '../parts/Facts.tsx';
import { Panel, Section } from '../parts/Page.tsx';
import { RelativeTime } from '../time/RelativeTime.tsx';

/** What a host's agent proves itself with. */
export function HostIdentityPanel({ identity }: { identity: HostIdentity }) {
  return (
    <Section title="Identity">
      <Panel>
        <Facts
          facts={[
            { term: 'Key', value: <CopyText text={identity.keyFingerprint} label="the key’s fingerprint" /> },
            { term: 'Credentials', value: identity.locked ? 'locked' : 'valid' },
            {
              term: 'Rotated',
              value: identity.lastRotatedAt ? (
                <>
                  <RelativeTime at={identity.lastRotatedAt} />, {identity.rotations} times in all
                </>
              ) : (
                'not yet'
              ),
            },
            identity.refreshExpiresAt && { term: 'End', value: <RelativeTime at={identity.refreshExpiresAt} /> },
            { term: 'Enrolments', value: String(identity.families) },
            { term: 'Epoch', value: String(identity.epoch) },
          ]}
        />
      </Panel>
    </Section>
  );
}
