import { useMutation, useQuery } from '@connectrpc/connect-query';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { AuthService } from '#proto/muster/v1/auth_pb.js';
import { Confirm } from '../parts/Confirm.tsx';
import { Panel } from '../parts/Page.tsx';
import { Switch } from '../parts/Switch.tsx';
import { useReport, useTell } from '../problems/useReport.ts';
import { ruleSentence } from './sentence.ts';

/** Whether everybody on the installation must have a second factor. */
export function SecondFactorRule() {
  const { data: rule } = useQuery(AuthService.method.getSecondFactorRule, {});
  const [asked, setAsked] = useState(false);
  const queries = useQueryClient();
  const report = useReport();
  const tell = useTell();
  const set = useMutation(AuthService.method.setSecondFactorRule);
  const change = async (required: boolean) => {
    await set.mutateAsync({ required });
    tell(required ? 'A second factor is required of everybody.' : 'A second factor is up to each user.');
    await queries.invalidateQueries();
  };
  if (rule === undefined) return null;
  return (
    <Panel className="flex flex-wrap items-center justify-between gap-x-6 gap-y-2 px-4 py-3">
      <div className="min-w-0">
        <p className="text-table font-medium">Second factor</p>
        <p className="text-table text-ink-muted">{ruleSentence(rule)}</p>
      </div>
      <Switch
        label="Require a second factor of everybody"
        on={rule.required}
        words={{ on: 'required', off: 'optional' }}
        busy={set.isPending}
        onChange={(required) => (required ? setAsked(true) : void change(false).catch(report))}
      />
      <Confirm
        open={asked}
        onClose={() => setAsked(false)}
        title="Require a second factor of everybody"
        action="Require a second factor"
        look="primary"
        onConfirm={() => change(true)}
      >
        {rule.usersWithout === 0
          ? 'Everybody has one already. New people add a passkey when they first sign in.'
          : `${ruleSentence(rule)} At their next request they are led to add a passkey, and nothing else works for them before. Keys and machine identities go on.`}
      </Confirm>
    </Panel>
  );
}
