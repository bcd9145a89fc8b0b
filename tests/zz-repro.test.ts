import { expect, test, vi } from 'vitest';
import { buildConsole } from '../local/console/build.ts';
import { desktop, launchBrowser } from './support/browser.ts';
import { firstAdmin } from './support/clients.ts';
import { repositoryRoot } from './support/process.ts';
import { shell } from './support/run.ts';
import { startSystem } from './support/system.ts';
vi.setConfig({ testTimeout: 550_000 });
test('repro', async () => {
  await buildConsole(repositoryRoot);
  const system = await startSystem();
  const browser = await launchBrowser();
  try {
    await system.addHost('first');
    const { sandbox } = await system.admin.sandboxes.createSandbox({ metadata: { name: 'workshop' } });
    const sandboxId = sandbox!.id;
    const context = await browser.newContext({ viewport: desktop, reducedMotion: 'reduce' });
    const page = await context.newPage();
    page.setDefaultTimeout(60_000);
    const calls: string[] = [];
    page.on('request', (r) => r.url().includes('SendInput') && calls.push(`${Date.now() % 100000} > ${r.postDataBuffer()?.subarray(34).toString('latin1')}`));
    page.on('response', async (r) => { if (r.url().includes('SendInput')) calls.push(`${Date.now() % 100000} < ${r.status()} ${r.status() === 200 ? '' : (await r.text().catch(() => '?'))}`); });
    page.on('requestfailed', (r) => r.url().includes('Process') && calls.push(`${Date.now() % 100000} x ${r.url().split('/').at(-1)} ${r.failure()?.errorText}`));
    await page.goto(`${system.url}/sign-in`);
    await page.getByRole('textbox', { name: 'Email' }).fill(firstAdmin.email);
    await page.getByLabel('Password', { exact: true }).fill(firstAdmin.password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'Fleet' }).waitFor();
    await page.goto(`${system.url}/sandboxes/${sandboxId}/terminal`);
    await page.getByRole('button', { name: 'New terminal' }).click();
    await page.getByText('Attached').waitFor();
    const until = Date.now() + 400_000;
    for (let n = 0; n < 25 && Date.now() < until; n += 1) {
      calls.length = 0;
      await page.locator('.xterm-helper-textarea').focus();
      await page.keyboard.type(`echo line-${n} >> /tmp/typed`);
      await page.keyboard.press('Enter');
      if (n % 3 === 1) await new Promise((r) => setTimeout(r, Math.random() * 60));
      await system.restartControlPlane();
      const deadline = Date.now() + 25_000;
      let typed = '';
      while (Date.now() < deadline) {
        typed = (await shell(system.admin, sandboxId, 'cat /tmp/typed').catch((e) => ({ stdout: String(e) }))).stdout;
        if (typed.includes(`line-${n}\n`)) break;
        await new Promise((r) => setTimeout(r, 100));
      }
      const ok = typed.split('\n').filter((l) => l === `line-${n}`).length === 1;
      console.log(n, ok, calls.length);
      if (!ok) console.log(typed, calls.join('\n'), await page.locator('body').innerText());
      await page.getByText('Attached').waitFor();
    }
  } finally {
    await browser.close();
    await system.stop();
  }
});
