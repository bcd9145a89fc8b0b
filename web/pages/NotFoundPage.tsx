import { Link } from '@tanstack/react-router';
import { Compass } from 'lucide-react';
import { buttonClasses } from '../parts/Button.tsx';
import { EmptyState } from '../parts/EmptyState.tsx';
import { Page } from '../parts/Page.tsx';
import { paths } from '../paths.ts';

export function NotFoundPage() {
  return (
    <Page title="Not found">
      <EmptyState
        icon={Compass}
        title="There is no page at this address"
        action={
          <Link {...paths.home()} className={buttonClasses('primary')}>
            Go to Fleet
          </Link>
        }
      >
        The link is old or was mistyped. Ctrl K finds hosts, sandboxes and pages by name.
      </EmptyState>
    </Page>
  );
}
