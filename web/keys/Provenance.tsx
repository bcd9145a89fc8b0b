import type { ApiKey } from '#proto/muster/v1/api_key_pb.js';

/** Who made a key: a person, another key, or the environment; and whose rights bound it, where that is somebody else. */
export function Provenance({ apiKey }: { apiKey: ApiKey }) {
  const { createdBy, createdByName, maker, makerName } = apiKey;
  const name = createdByName || createdBy;
  const words = createdBy === 'bootstrap' ? 'the environment' : createdBy.startsWith('key:') ? `the key ${name}` : name;
  return (
    <span className="flex min-w-0 flex-col" title={createdBy}>
      <span>{words}</span>
      {maker !== '' && maker !== createdBy && (
        <span className="text-small text-ink-faint" title={maker}>
          by the rights of {makerName || maker}
        </span>
      )}
    </span>
  );
}
