import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startSimulatedHost } from '../../simulator/index.ts';
import { buildConsole } from '../../local/console/build.ts';
import { desktop, launchBrowser, patienceMs, watchForTrouble } from '../support/browser.ts';
import { firstAdmin } from '../support/clients.ts';
import { inspect } from '../support/inspect.ts';
import { repositoryRoot } from '../support/process.ts';
import { startSystem, type System } from '../support/system.ts';

// Each look at a page is four pictures and four audits by axe; two people wait for each other besides.
vi.setConfig({ testTimeout: 180_000 });

const guest = { name: 'Grace Guest', email: 'grace@example.com', password: 'battery staple horse' };

let system: System;
let browser: Browser;
/** The first admin's window, and the guest's: two people in two browsers. */
let admin: Page;
let other: Page;
const trouble: string[][] = [];

beforeAll(async () => {
  await buildConsole(repositoryRoot);
  system = await startSystem();
  browser = await launchBrowser();
  admin = await openWindow();
  other = await openWindow();
}, 600_000);

afterAll(async () => {
  await browser?.close();
  await system?.stop();
});

async function openWindow(): Promise<Page> {
  const context = await browser.newContext({ viewport: desktop, reducedMotion: 'reduce' });
  const page = await context.newPage();
  page.setDefaultTimeout(patienceMs);
  trouble.push(watchForTrouble(page));
  return page;
}

const dialog = (page: Page) => page.getByRole('dialog');
const row = (page: Page, text: string) => page.getByRole('row').filter({ hasText: text });
const members = (page: Page) => page.getByRole('table', { name: 'Members' });
const password = (page: Page) => page.getByLabel('Password', { exact: true });

async function act(page: Page, on: string, action: string): Promise<void> {
  await page.getByRole('button', { name: `Actions for ${on}` }).click();
  await page.getByRole('menuitem', { name: action }).click();
}

/** Invites an address on the team's page and answers the link that is shown once. */
async function invite(page: Page, email: string): Promise<string> {
  await page.goto(`${system.url}/team?dialog=invite`);
  await dialog(page).getByRole('textbox', { name: 'Email' }).fill(email);
  await dialog(page).getByRole('button', { name: 'Create invite' }).click();
  const link = await dialog(page).getByLabel('Invite link').innerText();
  expect(link).toContain(`${system.url}/invite#mst_inv_`);
  return link;
}

test('the team’s page shows its people, and an invite is a link that is shown once', async () => {
  await admin.goto(`${system.url}/sign-in?next=/team`);
  await admin.getByRole('textbox', { name: 'Email' }).fill(firstAdmin.email);
  await password(admin).fill(firstAdmin.password);
  await admin.getByRole('button', { name: 'Sign in' }).click();
  await members(admin).getByText(firstAdmin.email).waitFor();
  await inspect(admin, 'team-alone');
  await admin.getByRole('button', { name: 'Invite' }).first().click();
  await dialog(admin).getByRole('textbox', { name: 'Email' }).fill('nobody');
  await dialog(admin).getByRole('button', { name: 'Create invite' }).click();
  await dialog(admin).getByText('Type an address').waitFor();
  await inspect(admin, 'team-invite-form');
});

test('whoever opens the link makes an account and is in the team; both see each other', async () => {
  const link = await invite(admin, guest.email);
  await inspect(admin, 'team-invite-link');
  await dialog(admin).getByRole('button', { name: 'I have copied it' }).click();
  await admin.getByRole('button', { name: `Revoke invite of ${guest.email}` }).waitFor();
  await inspect(admin, 'team-invited');

  await other.goto(link);
  await other.getByRole('heading', { name: /^Join / }).waitFor();
  expect(other.url()).toBe(`${system.url}/invite`);
  await inspect(other, 'invite-new');
  await other.getByRole('textbox', { name: 'Name' }).fill(guest.name);
  await password(other).fill(guest.password);
  await other.getByRole('button', { name: 'Make account and join' }).click();
  await members(other).getByText(firstAdmin.name).waitFor();
  await members(other).getByText(guest.name).waitFor();
  await members(admin).getByText(guest.name).waitFor();
  await inspect(other, 'team-member');
});

test('an invite is used up by its acceptance', async () => {
  const again = await openWindow();
  const link = await invite(admin, 'late@example.com');
  await dialog(admin).getByRole('button', { name: 'I have copied it' }).click();
  await admin.getByRole('button', { name: 'Revoke invite of late@example.com' }).click();
  await admin.getByText('No open invites').waitFor();
  await again.goto(link);
  await again.getByRole('heading', { name: 'This invite does not count' }).waitFor();
  await inspect(again, 'invite-over');
  await again.goto(`${system.url}/invite`);
  await again.getByRole('heading', { name: 'This invite link is not whole' }).waitFor();
  await again.context().close();
});

test('what the role may not do is there with its reason, and a new role changes that without a reload', async () => {
  await other.getByRole('button', { name: `Actions for ${firstAdmin.name}` }).click();
  const change = other.getByRole('menuitem', { name: /Make an admin/ });
  expect(await change.textContent()).toContain('Only owners and admins of the team change its members.');
  await inspect(other, 'team-refused');
  await other.keyboard.press('Escape');

  await act(admin, guest.name, 'Make an admin');
  await row(admin, guest.email).getByText('Admin', { exact: true }).waitFor();
  await row(other, guest.email).getByText('Admin', { exact: true }).waitFor();
  await other.getByRole('link', { name: 'Audit' }).first().waitFor();
  await other.getByRole('button', { name: `Actions for ${firstAdmin.name}` }).click();
  await other.getByText('Only an owner may change or remove an owner.').first().waitFor();
  await other.keyboard.press('Escape');
});

test('ownership is handed over in two steps', async () => {
  await act(admin, guest.name, 'Offer ownership');
  await inspect(admin, 'team-offer');
  await dialog(admin).getByRole('checkbox').uncheck();
  await dialog(admin).getByRole('button', { name: 'Offer ownership' }).click();
  await other.getByText(/You are offered the ownership/).waitFor();
  await inspect(other, 'team-offered');
  await other.getByRole('button', { name: 'Accept ownership' }).click();
  await row(other, guest.email).getByText('Owner', { exact: true }).waitFor();
  await row(admin, guest.email).getByText('Owner', { exact: true }).waitFor();
});

test('the name of the team changes everywhere', async () => {
  await admin.getByRole('button', { name: 'More actions' }).click();
  await admin.getByRole('menuitem', { name: 'Edit name and rules' }).click();
  await dialog(admin).getByRole('textbox', { name: 'Name' }).fill('Research');
  await dialog(admin).getByRole('combobox', { name: 'Who may invite' }).click();
  await admin.getByRole('option', { name: /Every member/ }).click();
  await dialog(admin).getByRole('button', { name: 'Save changes' }).click();
  await admin.getByRole('button', { name: 'Team Research' }).waitFor();
  await other.getByRole('button', { name: 'Team Research' }).waitFor();
  await other.getByText('every member').waitFor();
});

test('a second team is made, and the top bar switches between the two', async () => {
  await admin.getByRole('button', { name: 'Team Research' }).click();
  await admin.getByRole('menuitem', { name: 'New team' }).click();
  await dialog(admin).getByRole('textbox', { name: 'Name' }).fill('Second team');
  await dialog(admin).getByRole('button', { name: 'Create team' }).click();
  await admin.getByRole('heading', { name: 'Second team', exact: true }).waitFor();
  await admin.getByText('You are the only member').waitFor();
  await admin.getByRole('button', { name: 'Team Second team' }).click();
  await inspect(admin, 'team-switch');
  await admin.getByRole('menuitemradio', { name: /Research/ }).click();
  await admin.getByRole('heading', { name: 'Research', exact: true }).waitFor();
  await members(admin).getByText(guest.email).waitFor();
});

test('a removed member is out at once, and goes on in a team of their own', async () => {
  await act(admin, guest.name, 'Remove from the team');
  await dialog(admin).getByRole('textbox').fill(guest.name);
  await inspect(admin, 'team-remove');
  await dialog(admin)
    .getByRole('button', { name: `Remove ${guest.name}` })
    .click();
  await members(admin).getByText(guest.email).waitFor({ state: 'detached' });
  await other.getByRole('heading', { name: `${guest.name}'s team` }).waitFor();
});

test('a team is deleted only by its name; without any team the page says what to do', async () => {
  const team = `${guest.name}'s team`;
  await other.getByRole('button', { name: 'More actions' }).click();
  await other.getByRole('menuitem', { name: /Leave team/ }).waitFor();
  await other.getByText('A team must have an owner').waitFor();
  await other.getByRole('menuitem', { name: 'Delete team' }).click();
  await dialog(other).getByRole('textbox').fill('another name');
  await dialog(other)
    .getByRole('button', { name: `Delete ${team}` })
    .click();
  await dialog(other).getByText('Type it exactly').waitFor();
  await dialog(other).getByRole('textbox').fill(team);
  await dialog(other)
    .getByRole('button', { name: `Delete ${team}` })
    .click();
  await other.getByRole('heading', { name: 'My machine', exact: true }).waitFor();
  await other.getByRole('link', { name: 'Team', exact: true }).click();
  await other.getByRole('heading', { name: 'You belong to no team' }).waitFor();
  await inspect(other, 'team-none');
  await other.getByRole('link', { name: 'Sandboxes', exact: true }).click();
  const create = other.getByRole('button', { name: /^Create sandbox/ }).first();
  await create.waitFor();
  expect(await create.getAttribute('aria-disabled'), 'no sandbox without a team').toBe('true');
  expect(await create.textContent()).toContain('You have no active team.');
  await other.getByRole('link', { name: 'Team', exact: true }).click();
  await other.getByRole('heading', { name: 'You belong to no team' }).waitFor();
  await other.getByRole('button', { name: 'New team' }).click();
  await dialog(other).getByRole('textbox', { name: 'Name' }).fill('Guests');
  await dialog(other).getByRole('button', { name: 'Create team' }).click();
  await other.getByRole('heading', { name: 'Guests', exact: true }).waitFor();
});

test('an invite opened with another account leads to the right one, and the token stays out of every address', async () => {
  const link = await invite(admin, guest.email);
  const visitor = await openWindow();
  const addresses: string[] = [];
  visitor.on('request', (request) => addresses.push(request.url()));
  const own = await invite(other, firstAdmin.email);

  await visitor.goto(link);
  await visitor.getByRole('button', { name: 'Sign in and join' }).waitFor();
  await inspect(visitor, 'invite-sign-in');
  await password(visitor).fill(guest.password);
  await visitor.getByRole('button', { name: 'Sign in and join' }).click();
  await visitor.getByRole('heading', { name: 'Research', exact: true }).waitFor();
  await members(visitor).getByText(guest.name).waitFor();

  await visitor.goto(own);
  await visitor.getByRole('heading', { name: 'This invite is for another account' }).waitFor();
  await inspect(visitor, 'invite-other-account');
  await visitor.getByRole('button', { name: 'Sign out and switch account' }).click();
  await password(visitor).fill(firstAdmin.password);
  expect(visitor.url()).toBe(`${system.url}/invite`);
  await visitor.getByRole('button', { name: 'Sign in and join' }).click();
  await visitor.getByRole('heading', { name: 'Guests', exact: true }).waitFor();
  expect(addresses.filter((address) => address.includes('?') && address.includes('mst_inv_'))).toEqual([]);
  await visitor.context().close();
});

test('who is signed in with the invited address joins by one press', async () => {
  await admin.goto(`${system.url}/team`);
  await act(admin, guest.name, 'Remove from the team');
  await dialog(admin).getByRole('textbox').fill(guest.name);
  await dialog(admin)
    .getByRole('button', { name: `Remove ${guest.name}` })
    .click();
  await members(admin).getByText(guest.email).waitFor({ state: 'detached' });
  const link = await invite(admin, guest.email);
  await other.goto(link);
  await other.getByRole('button', { name: 'Join Research' }).waitFor();
  await inspect(other, 'invite-join');
  await other.getByRole('button', { name: 'Join Research' }).click();
  await other.getByRole('heading', { name: 'Research', exact: true }).waitFor();
});

test('who has an account here is found by the beginning of the address and added at once', async () => {
  await admin.goto(`${system.url}/team`);
  await admin.getByRole('button', { name: 'Team Research' }).click();
  await admin.getByRole('menuitemradio', { name: /Second team/ }).click();
  await admin.getByRole('heading', { name: 'Second team', exact: true }).waitFor();
  await admin.getByRole('button', { name: 'Invite' }).first().click();
  await dialog(admin).getByRole('textbox', { name: 'Email' }).fill('grac');
  await dialog(admin)
    .getByRole('button', { name: `Add ${guest.name}` })
    .waitFor();
  await inspect(admin, 'team-add');
  await dialog(admin)
    .getByRole('button', { name: `Add ${guest.name}` })
    .click();
  await members(admin).getByText(guest.email).waitFor();
});

test('platform admins set what a team may use, and its page shows it before it bites', async () => {
  await admin.goto(system.url);
  await admin.getByRole('button', { name: 'Admin', exact: true }).click();
  await admin.getByRole('menuitem', { name: /All teams/ }).click();
  await row(admin, 'Research').getByText('no limit').waitFor();
  await inspect(admin, 'teams');
  await admin.getByRole('button', { name: 'Set quota of Research' }).click();
  await dialog(admin).getByLabel('Sandboxes').fill('10');
  await dialog(admin).getByLabel('Memory').fill('4096');
  await inspect(admin, 'teams-quota');
  await dialog(admin).getByRole('button', { name: 'Set quota' }).click();
  await row(admin, 'Research').getByText('10 sandboxes, 4 GiB memory').waitFor();
  await admin.getByRole('switch', { name: 'Own hosts of Research' }).click();
  await expect
    .poll(() => admin.getByRole('switch', { name: 'Own hosts of Research' }).getAttribute('aria-checked'))
    .toBe('true');
  await other.getByText('of 10').waitFor();
  await other.getByText('0: its sandboxes run only there').waitFor();
  await inspect(other, 'team-quota');
});

test('a member sees the machines of the own team, and why neither to add nor to delete one', async () => {
  const { teams } = await system.admin.teams.listTeams({});
  const { id: teamId } = teams.find(({ name }) => name === 'Research')!;
  const { host } = await system.admin.hosts.createHost({ name: 'shelf', teamId });
  await row(other, 'shelf').waitFor();
  const add = other.getByRole('button', { name: /^Add host/ });
  expect(await add.getAttribute('aria-disabled')).toBe('true');
  expect(await add.textContent()).toContain('Only owners and admins of Research add its machines. Ask one of them.');
  await other.getByRole('button', { name: 'Actions for shelf' }).click();
  const remove = other.getByRole('menuitem', { name: /^Delete/ });
  expect(await remove.getAttribute('aria-disabled')).toBe('true');
  expect(await remove.textContent()).toContain('Your role in this team does not allow this.');
  await inspect(other, 'own-hosts-of-member');
  await other.keyboard.press('Escape');
  await system.admin.hosts.deleteHost({ hostId: host!.id });
  await other.getByText('No machine of your own yet').waitFor();
});

test('a team that may brings a machine of its own, which it alone sees, besides the admins; deleted by its name it is gone', async () => {
  await other.goto(`${system.url}/team`);
  await other.getByRole('button', { name: /^Team / }).click();
  await other.getByRole('menuitemradio', { name: /Guests/ }).click();
  await other.getByRole('heading', { name: 'Guests', exact: true }).waitFor();
  await other.goto(`${system.url}/hosts`);
  await other.getByText('No machine is registered.').waitFor();
  const add = other.getByRole('button', { name: 'Add host' }).first();
  expect(await add.getAttribute('aria-disabled')).toBe('true');

  await admin.goto(`${system.url}/teams`);
  await admin.getByRole('switch', { name: 'Own hosts of Guests' }).click();
  await other.getByText('Guests runs only on hosts of its own and has none yet').waitFor();
  await other.goto(`${system.url}/team`);
  await other.getByText('No machine of your own yet').waitFor();
  await other.getByRole('button', { name: 'Add host' }).click();
  await dialog(other).getByRole('textbox', { name: 'Name' }).fill('lab-1');
  await inspect(other, 'own-host-add');
  await dialog(other).getByRole('button', { name: 'Add host' }).click();
  const command = await dialog(other).getByText('muster-agent join').innerText();
  const [, fingerprint, joinToken] = /--fingerprint (\S+) --token (\S+)/.exec(command) ?? [];
  const host = await startSimulatedHost({ serverUrl: system.url, fingerprint: fingerprint!, joinToken: joinToken! });
  try {
    await dialog(other).getByText('lab-1 is online.').waitFor();
    await dialog(other).getByRole('button', { name: 'Done' }).click();
    await row(other, 'lab-1').getByRole('link', { name: 'lab-1' }).waitFor();
    await inspect(other, 'own-hosts-of-team');
    await other.goto(`${system.url}/hosts`);
    await row(other, 'lab-1').getByText('Guests').waitFor();
    await inspect(other, 'own-hosts');

    await admin.goto(`${system.url}/hosts`);
    const byOwner = admin.getByRole('group', { name: 'Hosts by owner' });
    await byOwner.getByRole('button', { name: 'Platform 0' }).click();
    await admin.getByText('No host passes this filter').waitFor();
    await byOwner.getByRole('button', { name: 'Own hosts 1' }).click();
    await admin.getByRole('combobox', { name: 'Own hosts by team' }).selectOption({ label: 'Guests' });
    await row(admin, 'lab-1').waitFor();
    await inspect(admin, 'own-hosts-admin');
    await admin.goto(`${system.url}/teams`);
    await admin.getByRole('switch', { name: 'Own hosts of Guests' }).click();
    await admin.getByText('Guests has 1 host of its own: lab-1.').first().waitFor();
    await admin.getByText('Delete them first; then this can be taken away.').first().waitFor();
    await admin.goto(system.url);

    await row(other, 'lab-1').getByRole('link', { name: 'lab-1' }).click();
    await other.getByRole('heading', { name: 'lab-1' }).waitFor();
    await inspect(other, 'own-host');
    await other.goto(`${system.url}/team`);
    await other.getByRole('button', { name: 'Actions for lab-1' }).click();
    await other.getByRole('menuitem', { name: 'Delete' }).click();
    await dialog(other).getByRole('textbox').fill('lab-1');
    await dialog(other).getByRole('button', { name: 'Delete lab-1' }).click();
    await other.getByText('No machine of your own yet').waitFor();
  } finally {
    await host.stop();
  }
});

test('platform admins see all users, find them, make admins and lock out; others see none of it', async () => {
  expect(await other.getByRole('button', { name: 'Admin', exact: true }).count()).toBe(0);
  expect(await other.getByRole('link', { name: 'Users' }).count()).toBe(0);
  await admin.getByRole('link', { name: 'Users' }).click();
  await row(admin, guest.email).waitFor();
  await inspect(admin, 'users');
  await admin.getByRole('searchbox').fill('grace@');
  await row(admin, firstAdmin.email).waitFor({ state: 'detached' });
  expect(admin.url()).toContain('q=');

  await act(admin, guest.name, 'Make platform admin');
  await dialog(admin).getByRole('textbox').fill(guest.name);
  await inspect(admin, 'users-make-admin');
  await dialog(admin)
    .getByRole('button', { name: `Make ${guest.name} a platform admin` })
    .click();
  await row(admin, guest.email).getByText('Platform admin').waitFor();
  await act(admin, guest.name, 'Lock out');
  await inspect(admin, 'users-lock');
  await dialog(admin)
    .getByRole('button', { name: `Lock ${guest.name} out` })
    .click();
  await row(admin, guest.email).getByText('Locked out').waitFor();
  await other.getByRole('button', { name: 'Sign in' }).waitFor();

  await act(admin, guest.name, 'Let in again');
  await dialog(admin)
    .getByRole('button', { name: `Let ${guest.name} in` })
    .click();
  await row(admin, guest.email).getByText('Active').waitFor();
  await admin.getByRole('searchbox').fill(firstAdmin.email);
  await admin.getByRole('button', { name: `Actions for ${firstAdmin.name}` }).click();
  await admin.getByText('You cannot lock yourself out').waitFor();
  await admin.getByText('You cannot erase yourself').waitFor();
  await admin.keyboard.press('Escape');
});

test('all of it stands in the audit, and the filter finds it', async () => {
  await admin.goto(`${system.url}/audit?action=member.`);
  const rows = admin.getByRole('table', { name: 'Audit' }).getByRole('row');
  await rows.filter({ hasText: 'member.set_role' }).first().waitFor();
  await rows.filter({ hasText: 'member.remove' }).first().waitFor();
  expect(await rows.filter({ hasText: 'invite.' }).count()).toBe(0);
  await admin.goto(`${system.url}/audit?action=invite.`);
  await rows.filter({ hasText: 'invite.accept' }).first().waitFor();
  await inspect(admin, 'team-audit');
});

test('a person is erased for good, by name and with a reason, and nothing on the page names them any more', async () => {
  await admin.goto(`${system.url}/users`);
  await act(admin, guest.name, 'Erase for good');
  const erase = dialog(admin).getByRole('button', { name: 'Erase for good' });
  await erase.click();
  await dialog(admin).getByText('Say why: the audit keeps it.').waitFor();
  await dialog(admin).getByRole('textbox', { name: 'Reason' }).fill('They asked for it.');
  await dialog(admin).getByRole('textbox', { name: 'Type the name' }).fill(guest.name);
  await inspect(admin, 'users-erase');
  await erase.click();
  // They own a team that somebody else is in.
  await dialog(admin).getByText('Others would be left without an owner in: Guests.').waitFor();
  await leave(admin, 'Guests');
  await erase.click();
  await admin.getByText('The person is erased.').waitFor();
  await row(admin, guest.email).waitFor({ state: 'detached' });
  await admin.goto(`${system.url}/audit?action=user.erase`);
  await admin.getByRole('table', { name: 'Audit' }).getByText('Erased user').first().waitFor();
  expect(await admin.getByText(guest.name, { exact: true }).count()).toBe(0);
  await inspect(admin, 'users-erased-audit');
});

/** Takes whoever is signed in on this page out of a team. */
const leave = (page: Page, name: string) =>
  page.evaluate(async (teamName) => {
    const call = async (method: string, message: object) => {
      const headers = { 'content-type': 'application/json' };
      const answer = await fetch(`/muster.v1.${method}`, { method: 'POST', headers, body: JSON.stringify(message) });
      if (!answer.ok) throw new Error(await answer.text());
      return answer.json() as Promise<{ teams: { id: string; name: string }[] }>;
    };
    const { teams } = await call('TeamService/ListTeams', {});
    await call('TeamService/LeaveTeam', { teamId: teams.find((team) => team.name === teamName)?.id });
  }, name);

test('no page had an error of its own', () => {
  expect(trouble.flat()).toEqual([]);
});
