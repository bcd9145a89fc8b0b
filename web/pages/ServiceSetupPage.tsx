import { AsCommandButton } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { Page, Section } from '../parts/Page.tsx';
import { DetailSkeleton } from '../parts/Skeleton.tsx';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { useCaller } from '../session/useCaller.ts';
import { GroupPanel } from '../settings/GroupPanel.tsx';
import { bySection, setupSentence } from '../settings/sentence.ts';
import { useSettings } from '../settings/useSettings.ts';
import { NotFoundPage } from './NotFoundPage.tsx';

/** What the installation needs of others: mail, assistant providers, a forge. For platform admins. */
export function ServiceSetupPage() {
  const { platformAdmin } = useCaller();
  return platformAdmin ? <ServiceSetup /> : <NotFoundPage />;
}

function ServiceSetup() {
  const settings = useSettings();
  const { groups, problem } = settings;
  return (
    <Page
      title="Service setup"
      summary={groups && setupSentence(groups)}
      actions={<AsCommandButton lines={commandLines.settings()} />}
    >
      {problem && <ProblemNote problem={problem} onRetry={settings.refetch} />}
      {!groups && !problem && <DetailSkeleton />}
      {groups &&
        bySection(groups).map(([section, all]) => (
          <Section key={section} title={section}>
            <div className={all.length > 1 ? 'grid items-start gap-4 lg:grid-cols-2' : 'max-w-form'}>
              {all.map((group) => (
                <GroupPanel key={group.name} group={group} settings={settings} />
              ))}
            </div>
          </Section>
        ))}
    </Page>
  );
}
