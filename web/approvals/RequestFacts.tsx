import type { Approval } from '#proto/muster/v1/identity_pb.js';
import { useHostNames } from '../credentials/HostChoice.tsx';
import { Facts } from '../parts/Facts.tsx';
import { Panel } from '../parts/Page.tsx';
import { fieldsOf } from './request.ts';

/** Exactly what is asked for, field by field. */
export function RequestFacts({ approval }: { approval: Approval }) {
  const hostName = useHostNames();
  const names: Readonly<Record<string, string>> = {
    [approval.teamId]: approval.teamName,
    [approval.identityId]: approval.identityName,
  };
  const shown = (value: string) => {
    const name = names[value] ?? (value.startsWith('host') ? hostName(value) : value);
    return name === value ? value : `${name} (${value})`;
  };
  return (
    <Panel>
      <Facts facts={fieldsOf(approval.requestJson).map(({ term, value }) => ({ term, value: shown(value) }))} />
    </Panel>
  );
}
