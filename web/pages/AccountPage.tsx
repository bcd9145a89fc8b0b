import { KeyRound } from 'lucide-react';
import { useState } from 'react';
import { ChangePassword } from '../account/ChangePassword.tsx';
import { CreateTokenDialog } from '../account/CreateToken.tsx';
import { Sessions } from '../account/Sessions.tsx';
import { Button } from '../parts/Button.tsx';
import { CopyText } from '../parts/Copy.tsx';
import { Facts } from '../parts/Facts.tsx';
import { Page, Panel, Section } from '../parts/Page.tsx';
import { SecondFactor } from '../second-factor/SecondFactor.tsx';
import { hasPasswords, hasSessions } from '../session/sign-in-modes.ts';
import { useCaller, useSetup } from '../session/useCaller.ts';
import { roleWords } from '../teams/roles.ts';

export function AccountPage() {
  const caller = useCaller();
  const setup = useSetup();
  const [creating, setCreating] = useState(false);
  return (
    <Page
      title="Account"
      summary={`Signed in as ${caller.name}.`}
      actions={
        hasSessions(setup) && (
          <Button icon={KeyRound} onClick={() => setCreating(true)}>
            Create a token for the command line
          </Button>
        )
      }
    >
      <div className="grid items-start gap-6 lg:grid-cols-2">
        <Section title="Profile">
          <Panel>
            <Facts
              facts={[
                { term: 'Name', value: caller.name },
                { term: 'Email', value: caller.email },
                { term: 'Id', value: <CopyText text={caller.userId} label="your id" /> },
                { term: 'Installation', value: caller.platformAdmin ? 'platform admin' : 'user' },
                ...caller.teams.map((team) => ({
                  term: team.teamId === caller.activeTeamId ? 'Active team' : 'Team',
                  value: (
                    <>
                      {team.teamName}, {roleWords[team.role]} <CopyText text={team.teamSlug} label="the team’s slug" />
                    </>
                  ),
                })),
              ]}
            />
          </Panel>
        </Section>
        {hasPasswords(setup) && (
          <Section title="Password">
            <ChangePassword />
          </Section>
        )}
      </div>
      {hasPasswords(setup) && <SecondFactor />}
      {hasSessions(setup) && (
        <Section title="Sessions">
          <Sessions />
        </Section>
      )}
      <CreateTokenDialog open={creating} onClose={() => setCreating(false)} />
    </Page>
  );
}
