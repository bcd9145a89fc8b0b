import { expect, test } from 'vitest';
import { OnDisconnect } from '#proto/muster/v1/sandbox_pb.js';
import { createCommandLines } from './lines.ts';

const lines = createCommandLines('http://127.0.0.1:7080');

test('what is a default needs no option', () => {
  const request = {
    template: 'base',
    limits: { cpu: 1, memoryMib: 512, diskMib: 2048, pids: 1024 },
    timeout: { seconds: 3600n },
    onDisconnect: OnDisconnect.PAUSE,
  };
  expect(lines.createSandbox(request).muster).toBe('npx muster sandboxes create');
});

test('what was chosen stands in the line, quoted for a shell', () => {
  const request = {
    limits: { memoryMib: 2048 },
    timeout: { seconds: 600n },
    onDisconnect: OnDisconnect.KEEP,
    metadata: { name: 'nightly' },
    env: { GREETING: 'two words' },
  };
  expect(lines.createSandbox(request).muster).toBe(
    `npx muster sandboxes create --memory 2048 --timeout 600s --on-disconnect keep --metadata name=nightly --env 'GREETING=two words'`,
  );
});

test('a console elsewhere names its server', () => {
  expect(createCommandLines('https://muster.example').fleet().muster).toBe(
    'npx muster fleet --server https://muster.example',
  );
});

test('what is done inside a sandbox can be done from a terminal, too', () => {
  const sandboxId = 'sbx000000000000';
  const started = lines.startProcess({ sandboxId, argv: ['sh', '-c', 'sleep 9 | cat'], name: 'wait', user: 'www' });
  expect(started.muster).toBe(
    `npx muster sandboxes run --detach --name wait --user www ${sandboxId} -- sh -c 'sleep 9 | cat'`,
  );
  expect(lines.startProcess({ sandboxId, terminal: { cols: 80, rows: 24 } }).muster).toBe(
    `npx muster sandboxes shell ${sandboxId}`,
  );
  expect(lines.signEndpoint(sandboxId, 8080, 600).muster).toBe(
    `npx muster sandboxes endpoint ${sandboxId} 8080 --sign --timeout 600s`,
  );
  expect(lines.copyOut(sandboxId, '/srv/two words')).toBe(`npx muster sandboxes cp '${sandboxId}:/srv/two words' .`);
});
