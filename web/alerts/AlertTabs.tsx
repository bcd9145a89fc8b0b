import { Link } from '@tanstack/react-router';
import { BellRing, ListChecks, Megaphone, Send } from 'lucide-react';
import { paths } from '../paths.ts';

const tabs = [
  { word: 'Alerts', icon: BellRing, link: paths.alerts() },
  { word: 'Rules', icon: ListChecks, link: paths.alertRules() },
  { word: 'Channels', icon: Megaphone, link: paths.alertChannels() },
  { word: 'Deliveries', icon: Send, link: paths.alertDeliveries() },
] as const;

/** Leads from what fires to what makes it fire, and to whom it is told. */
export const AlertTabs = () => (
  <nav aria-label="Views of alerts" className="relative -mx-4 overflow-x-auto px-4 md:mx-0 md:px-0">
    <ul className="flex min-w-max gap-1 border-b border-line">
      {tabs.map(({ word, icon: Icon, link }) => (
        <li key={word}>
          <Link
            {...link}
            activeOptions={{ exact: true, includeSearch: false }}
            className="-mb-px inline-flex h-9 items-center gap-2 rounded-t-control border-b-2 border-transparent px-2.5 text-table text-ink-muted transition-colors -outline-offset-2! hover:text-ink aria-[current=page]:border-accent aria-[current=page]:font-medium aria-[current=page]:text-ink max-md:h-11"
          >
            <Icon aria-hidden className="size-4" />
            {word}
          </Link>
        </li>
      ))}
    </ul>
  </nav>
);
