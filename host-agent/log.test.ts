import { expect, test } from 'vitest';
import { mintToken } from '#contract/token.ts';
import { createLog } from './log.ts';

const lines = (isTTY: boolean) => {
  let text = '';
  const log = createLog('info', { isTTY, write: (line) => void (text += line) });
  return { log, text: () => text };
};

test('machines read JSON, people read sentences', () => {
  const [machine, person] = [lines(false), lines(true)];
  for (const { log } of [machine, person]) log.warn({ host: 'a', err: new Error('broken') }, 'It is late.');
  expect(JSON.parse(machine.text())).toMatchObject({ level: 'warn', msg: 'It is late.', host: 'a' });
  expect(person.text()).toMatch(/^\d\d:\d\d:\d\d warn: It is late\. \(broken\) host=a\n$/);
});

test('no token comes through, wherever it stands', () => {
  for (const { log, text } of [lines(false), lines(true)]) {
    const token = mintToken('hrt').secret.reveal();
    log.info({ token, nested: { list: [`Bearer ${token}`] }, err: new Error(token) }, `with ${token}`);
    expect(text()).not.toContain(token);
    expect(text()).toContain(`${token.split('_').slice(0, 3).join('_')}_[secret]`);
  }
});
