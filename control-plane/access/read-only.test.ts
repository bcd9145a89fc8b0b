import { expect, test } from 'vitest';
import { grantOf } from './actions.ts';
import { methods } from './methods.ts';

/** What would run code in a sandbox, or carry data out of one. */
const never = {
  exec: ['ProcessService.run', 'ProcessService.startProcess'],
  'input to a process': ['ProcessService.sendInput', 'ProcessService.closeInput', 'ProcessService.sendSignal'],
  'a terminal': ['ProcessService.resizeTerminal', 'ProcessService.attachProcess'],
  'what processes wrote': ['SandboxService.getLogs', 'ProcessService.listProcesses'],
  'file content': ['FileService.readFile'],
  'a file write': [
    'FileService.writeFile',
    'FileService.uploadFile',
    'FileService.makeDirectory',
    'FileService.move',
    'FileService.remove',
    'FileService.setPermissions',
  ],
  'a fork, or what one is made of': ['SnapshotService.forkSandbox', 'SnapshotService.createSnapshot'],
  'an endpoint or a signed link': ['SandboxService.getEndpoint', 'SandboxService.signEndpoint'],
  'a sandbox, or another state of one': [
    'SandboxService.createSandbox',
    'SandboxService.resumeSandbox',
    'SandboxService.startSandbox',
    'SandboxService.updateSandboxMetadata',
    'SandboxService.updateSandboxNetwork',
    'TemplateService.createTemplate',
  ],
  'everything at once': ['FleetService.exportFleet', 'AuditService.exportAuditEvents'],
};

const actions = new Map(
  methods.flatMap(([service, rows]) =>
    Object.entries(rows).map(([method, action]) => [`${service.typeName.split('.').at(-1)}.${method}`, action]),
  ),
);

test.each(Object.entries(never))('who may only look gets no %s, with a key or without', (_what, names) => {
  for (const name of names) {
    const action = actions.get(name);
    if (!action) throw new Error(`${name} is no method.`);
    const { team, teamKey, orgKey } = grantOf(action);
    expect([name, team?.includes('read_only') ?? false]).toEqual([name, false]);
    expect([name, teamKey, orgKey]).not.toContain('read_only');
  }
});
