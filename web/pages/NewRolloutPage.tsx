import { useMutation } from '@connectrpc/connect-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { Rocket } from 'lucide-react';
import { useState } from 'react';
import { RolloutService } from '#proto/muster/v1/rollout_pb.js';
import { AsCommand } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { hostsToCome, useFleet, type Fleet } from '../fleet/feed.ts';
import { Button, buttonClasses } from '../parts/Button.tsx';
import { EmptyState } from '../parts/EmptyState.tsx';
import { Page } from '../parts/Page.tsx';
import { DetailSkeleton } from '../parts/Skeleton.tsx';
import { useForm } from '../parts/useForm.ts';
import { paths } from '../paths.ts';
import { toProblem } from '../problems/problem.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { randomId } from '../random-id.ts';
import { HowFields } from '../rollouts/HowFields.tsx';
import { rolloutRefusal } from '../rollouts/may-manage.ts';
import { checkPlan, newPlan, toRequest, type RolloutPlan } from '../rollouts/plan.ts';
import { Preview } from '../rollouts/Preview.tsx';
import type { NewRolloutSearch } from '../rollouts/search.ts';
import { componentsOf } from '../rollouts/targets.ts';
import { WhatFields } from '../rollouts/WhatFields.tsx';
import { WhereFields } from '../rollouts/WhereFields.tsx';
import { useCaller } from '../session/useCaller.ts';

const trail = (
  <Link {...paths.rollouts()} className="hover:text-link">
    Rollouts
  </Link>
);

const noRepository = (
  <EmptyState
    icon={Rocket}
    title="No repository is registered"
    action={
      <Link {...paths.registerRepository()} className={buttonClasses('primary')}>
        Register a repository
      </Link>
    }
  >
    A rollout brings machines to a commit of a repository. Register the one that their components are built from.
  </EmptyState>
);

export function NewRolloutPage() {
  const search = useSearch({ from: '/signed-in/rollouts/new' });
  const { phase, state: fleet, error } = useFleet();
  // What the form begins with follows from all hosts; once it is there it stays.
  const [complete, setComplete] = useState(false);
  if (!complete && fleet !== undefined && hostsToCome(fleet) === 0) setComplete(true);
  const begun = complete && fleet !== undefined;
  return (
    <Page
      title="Start a rollout"
      trail={trail}
      summary="Each host runs the update command of its own agent.json, and is done when the process that runs there reports the commit."
    >
      {phase === 'refused' && <ProblemNote problem={toProblem(error)} />}
      {!begun && phase !== 'refused' && <DetailSkeleton />}
      {fleet?.summary?.repositories.length === 0 && noRepository}
      {begun && fleet.summary?.repositories.length !== 0 && <RolloutForm fleet={fleet} search={search} />}
    </Page>
  );
}

/** What the address and the fleet say by themselves. */
function beginning(fleet: Fleet, { repository, component, host }: NewRolloutSearch): RolloutPlan {
  const names = fleet.summary?.repositories.map(({ name }) => name) ?? [];
  const chosen = repository ?? (names.length === 1 ? (names[0] ?? '') : '');
  const offered = componentsOf(fleet.hosts, chosen);
  const only = offered.length === 1 ? offered.map(({ component: name }) => name) : [];
  return {
    ...newPlan,
    repository: chosen,
    components: component === undefined ? only : [component],
    ...(host !== undefined && { reach: 'hosts', hostIds: [host], canary_hosts: 0 }),
  };
}

function RolloutForm({ fleet, search }: { fleet: Fleet; search: NewRolloutSearch }) {
  const navigate = useNavigate();
  const create = useMutation(RolloutService.method.createRollout);
  const refused = rolloutRefusal(useCaller());
  const [requestId] = useState(randomId);
  const form = useForm<RolloutPlan>({
    initial: beginning(fleet, search),
    check: checkPlan,
    submit: async (plan) => {
      const { rollout } = await create.mutateAsync({ ...toRequest(plan), requestId });
      if (rollout) await navigate(paths.rollout(rollout.id));
    },
  });
  return (
    <div className="grid items-start gap-6 lg:grid-cols-[minmax(0,1fr)_minmax(0,1fr)]">
      <form ref={form.ref} onSubmit={form.onSubmit} noValidate aria-label="Rollout" className="flex flex-col gap-6">
        <WhatFields form={form} fleet={fleet} />
        <WhereFields form={form} fleet={fleet} />
        <HowFields form={form} />
        {form.problem && <ProblemNote problem={form.problem} />}
        <div className="flex flex-wrap items-center justify-between gap-3">
          <AsCommand lines={commandLines.createRollout(toRequest(form.values))} />
          <Button type="submit" look="primary" icon={Rocket} busy={form.busy} disabledReason={refused}>
            Start rollout
          </Button>
        </div>
      </form>
      <Preview plan={form.values} />
    </div>
  );
}
