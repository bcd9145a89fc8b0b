import type { DescMethod, DescService, MessageShape } from '@bufbuild/protobuf';
import { AuditService } from '#proto/muster/v1/audit_pb.js';
import { FileService } from '#proto/muster/v1/file_pb.js';
import { FleetService } from '#proto/muster/v1/fleet_pb.js';
import { MachineAccessService } from '#proto/muster/v1/machine_access_pb.js';
import { ProcessService } from '#proto/muster/v1/process_pb.js';
import { SandboxService } from '#proto/muster/v1/sandbox_pb.js';
import { TesterService } from '#proto/muster/v1/tester_pb.js';
import { UserService } from '#proto/muster/v1/user_pb.js';

/** How calls of a method are written down that show something sensitive, or do something that no other row tells. */
export interface Sensitive<Field extends string = string> {
  /** As the audit names it. */
  readonly action: string;
  /** The field of the request that names what it is about; none where it is about everything. */
  readonly target?: Field;
  /** What else of the request the row holds: never what may be secret or name a person. */
  readonly tells?: readonly Field[];
  /**
   * When the first row of a minute is written: `before` anything is answered; `ahead` of what the host is asked to do; by
   * the `handler`, with what only that knows.
   */
  readonly written: 'before' | 'ahead' | 'handler';
}

type Row = readonly [service: DescService, methods: Readonly<Record<string, Sensitive | undefined>>];
type FieldOf<Method extends DescMethod> = Exclude<keyof MessageShape<Method['input']>, `$${string}`> & string;

/** A service with its sensitive methods: a method or a field that does not exist does not compile. */
const service = <Desc extends DescService>(
  desc: Desc,
  rows: { readonly [Method in keyof Desc['method'] & string]?: Sensitive<FieldOf<Desc['method'][Method]>> },
): Row => [desc, rows];

const inSandbox = { target: 'sandboxId' } as const;

/**
 * What is sensitive: what is in sandboxes (files, output, what runs and with which arguments, ports), people as lists, and
 * whatever carries much out at once. Not sensitive are names, states and numbers, and what is one's own.
 */
const sensitive: readonly Row[] = [
  service(FileService, { readFile: { action: 'file.read', ...inSandbox, tells: ['at'], written: 'before' } }),
  service(ProcessService, {
    attachProcess: { action: 'process.attach', ...inSandbox, tells: ['processId'], written: 'before' },
    listProcesses: { action: 'process.list', ...inSandbox, written: 'before' },
    // Arguments and input may be secret.
    run: { action: 'process.run', ...inSandbox, written: 'ahead' },
    startProcess: { action: 'process.start', ...inSandbox, written: 'ahead' },
    sendInput: { action: 'process.input', ...inSandbox, tells: ['processId'], written: 'ahead' },
    closeInput: { action: 'process.input', ...inSandbox, tells: ['processId'], written: 'ahead' },
    resizeTerminal: { action: 'process.input', ...inSandbox, tells: ['processId'], written: 'ahead' },
    sendSignal: { action: 'process.signal', ...inSandbox, tells: ['processId', 'signal'], written: 'ahead' },
  }),
  service(SandboxService, {
    getLogs: { action: 'sandbox.logs', ...inSandbox, written: 'before' },
    signEndpoint: { action: 'sandbox.endpoint', ...inSandbox, written: 'handler' },
  }),
  service(UserService, {
    searchUsers: { action: 'user.search', target: 'teamId', written: 'before' },
    listUsers: { action: 'user.list', written: 'before' },
  }),
  service(TesterService, { listTesters: { action: 'tester.list', written: 'before' } }),
  service(MachineAccessService, { listTesterSsh: { action: 'tester_ssh.list', written: 'before' } }),
  service(FleetService, { exportFleet: { action: 'fleet.export', tells: ['format'], written: 'before' } }),
  service(AuditService, { exportAuditEvents: { action: 'audit.export', written: 'handler' } }),
];

const byService = new Map(sensitive.map(([desc, rows]) => [desc.typeName, rows]));

/** How calls of a method are written down; undefined where they are not, or where what they change has its own row. */
export const sensitivityOf = (method: DescMethod): Sensitive | undefined =>
  byService.get(method.parent.typeName)?.[method.localName];
