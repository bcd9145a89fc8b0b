import { Collapsible } from '@base-ui/react/collapsible';
import { Link } from '@tanstack/react-router';
import { ChevronRight, Pin, PinOff, Rocket } from 'lucide-react';
import { useState } from 'react';
import type { FleetComponent } from '#proto/muster/v1/fleet_pb.js';
import { Button, buttonClasses } from '../parts/Button.tsx';
import { paths } from '../paths.ts';
import { ComponentHistory } from './ComponentHistory.tsx';
import { PinDialog, useUnpin } from './PinDialog.tsx';

interface ComponentToolsProps {
  readonly hostId: string;
  readonly component: FleetComponent;
  /** Why the caller may not pin it. */
  readonly pinRefused: string | undefined;
}

/** What can be seen and done of a component on its host's page: its history, its pin. */
export function ComponentTools({ hostId, component, pinRefused }: ComponentToolsProps) {
  const [pinning, setPinning] = useState(false);
  const unpin = useUnpin();
  const name = component.component;
  return (
    <Collapsible.Root className="flex flex-col gap-2">
      <div className="flex flex-wrap items-center gap-2">
        <Collapsible.Trigger className="group inline-flex h-7 items-center gap-1 rounded-control pr-2 text-table text-ink-muted hover:text-ink max-md:h-10">
          <ChevronRight aria-hidden className="size-4 transition-transform group-data-panel-open:rotate-90" />
          History of {name}
        </Collapsible.Trigger>
        <span className="flex-1" />
        <Button small icon={Pin} disabledReason={pinRefused} onClick={() => setPinning(true)}>
          {component.pin ? `Change the pin of ${name}` : `Pin ${name}`}
        </Button>
        {pinRefused === undefined && (
          <Link
            {...paths.newRollout({ repository: component.repository, component: name, host: hostId })}
            className={buttonClasses('secondary', true)}
          >
            <Rocket aria-hidden className="-ml-0.5 size-4" />
            Update {name}
          </Link>
        )}
        {component.pin && (
          <Button small icon={PinOff} disabledReason={pinRefused} onClick={() => unpin(hostId, name)}>
            Unpin {name}
          </Button>
        )}
      </div>
      <Collapsible.Panel>
        <ComponentHistory hostId={hostId} component={name} />
      </Collapsible.Panel>
      <PinDialog hostId={hostId} component={component} open={pinning} onClose={() => setPinning(false)} />
    </Collapsible.Root>
  );
}
