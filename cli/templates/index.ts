import { createReadStream } from 'node:fs';
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import type { Command } from 'commander';
import {
  CreateTemplateResponseSchema,
  DeleteTemplateResponseSchema,
  GetTemplateResponseSchema,
  ListTemplatesResponseSchema,
  TemplateState,
  type CreateTemplateRequestSchema,
  type Template,
} from '#proto/muster/v1/template_pb.js';
import { act, withCommonOptions } from '../command.ts';
import { CliError } from '../failure/cli-error.ts';
import { exitCodes } from '../failure/exit-codes.ts';
import { printJson } from '../output/json.ts';
import { allPages } from '../output/pages.ts';
import { printFacts, printTable, type Column } from '../output/table.ts';
import { sayTime, sayWhen } from '../output/time.ts';
import { enumWord } from '../output/words.ts';
import type { Session, SessionOptions } from '../session/session.ts';
import type { Surroundings } from '../surroundings.ts';

type Source = MessageInitShape<typeof CreateTemplateRequestSchema>['source'];

interface CreateOptions extends SessionOptions {
  readonly image?: string;
  readonly username?: string;
  readonly insecure?: boolean;
  readonly tarball?: string;
  readonly packages?: string;
  readonly snapshot?: string;
}

const columns: readonly Column<Template>[] = [
  { heading: 'NAME', cell: ({ name }) => name },
  { heading: 'VERSION', cell: ({ version }) => String(version), right: true },
  { heading: 'STATE', cell: ({ state }) => enumWord(TemplateState, state) },
  { heading: 'FROM', cell: ({ source }) => source },
  { heading: 'CREATED', cell: ({ createdAt }) => sayWhen(createdAt) },
  { heading: 'ID', cell: ({ id }) => id },
];

/** `muster templates …`. */
export function templateCommands(program: Command, surroundings: Surroundings): void {
  const templates = program.command('templates').description('what the files of sandboxes begin with');
  withCommonOptions(templates.command('list'))
    .description("the team's templates, by name")
    .action(act<object, []>(surroundings, (session) => listTemplates(session)));
  withCommonOptions(templates.command('show <id>'))
    .description('one template')
    .action(act<object, [string]>(surroundings, (session, [id]) => showTemplate(session, id)));
  withCommonOptions(templates.command('create <name>'))
    .description('build a template, or a new version of one, from exactly one of these')
    .option('--image <reference>', 'an image of a registry; its password is read from MUSTER_REGISTRY_PASSWORD')
    .option('--username <name>', 'who asks the registry')
    .option('--insecure', 'the registry speaks plain HTTP, or its certificate is not to be verified')
    .option('--tarball <file>', 'a tarball of a root file system')
    .option('--packages <names>', 'Debian packages, separated by commas')
    .option('--snapshot <id>', 'a snapshot')
    .action(
      act<CreateOptions, [string]>(surroundings, (session, [name], options) => createTemplate(session, name, options)),
    );
  withCommonOptions(templates.command('delete <id...>'))
    .description('delete all versions of templates; sandboxes made from them go on')
    .action(act<object, [string[]]>(surroundings, (session, [ids]) => deleteTemplates(session, ids)));
}

async function listTemplates(session: Session): Promise<void> {
  const templates = await allPages(async (pageToken) => {
    const answer = await session.templates.listTemplates({ pageSize: 1000, pageToken });
    return { items: answer.templates, nextPageToken: answer.nextPageToken };
  });
  if (session.json)
    return printJson(session.stdout, ListTemplatesResponseSchema, create(ListTemplatesResponseSchema, { templates }));
  printTable(session.stdout, templates, columns, "There are no templates beside the hosts' own: base.");
}

async function showTemplate(session: Session, templateId: string): Promise<void> {
  const answer = await session.templates.getTemplate({ templateId });
  if (session.json || !answer.template) return printJson(session.stdout, GetTemplateResponseSchema, answer);
  const { id, name, version, state, reason, source, digest, createdAt, createdBy, stored, hostIds } = answer.template;
  printFacts(session.stdout, [
    ['Id', id],
    ['Name', name],
    ['Version', String(version)],
    ['State', enumWord(TemplateState, state)],
    ['Why', reason],
    ['From', source],
    ['Digest', digest],
    ['Created', `${sayTime(createdAt)} by ${createdBy}`],
    ['Stored', stored ? 'yes' : 'not yet: only hosts that have it can use it'],
    ['Hosts', hostIds.join(', ')],
  ]);
}

async function createTemplate(session: Session, name: string, options: CreateOptions): Promise<void> {
  const source = await sourceOf(session, options);
  // It takes as long as it takes.
  for await (const answer of session.templates.createTemplate({ name, source }, { timeoutMs: 0 })) {
    const { event } = answer;
    if (session.json) printJson(session.stdout, CreateTemplateResponseSchema, answer);
    else if (event.case === 'progress') session.stderr.write(`${event.value.percent} % ${event.value.message}\n`);
    if (event.case !== 'template') continue;
    const { id, state, reason } = event.value;
    if (state === TemplateState.FAILED) throw new CliError(`${name} failed: ${reason}`, exitCodes.failure);
    if (!session.json) session.stdout.write(`${id}\n`);
  }
}

async function sourceOf(session: Session, options: CreateOptions): Promise<Source> {
  const { image, username = '', insecure = false, tarball, packages, snapshot } = options;
  if ([image, tarball, packages, snapshot].filter((one) => one !== undefined).length !== 1)
    throw new CliError('Name exactly one of --image, --tarball, --packages and --snapshot.', exitCodes.usage);
  if (image !== undefined) {
    const password = session.environment.MUSTER_REGISTRY_PASSWORD ?? '';
    return { case: 'ociImage', value: { reference: image, username, password, insecure } };
  }
  if (packages !== undefined)
    return { case: 'debianPackages', value: { packages: packages.split(',').filter(Boolean) } };
  if (snapshot !== undefined) return { case: 'snapshotId', value: snapshot };
  const { digest } = await session.templates.uploadTarball(partsOf(tarball!), { timeoutMs: 0 }); // the only one left
  return { case: 'tarballDigest', value: digest };
}

async function* partsOf(path: string): AsyncGenerator<{ readonly data: Uint8Array }> {
  for await (const data of createReadStream(path, { highWaterMark: 512 * 1024 })) yield { data: data as Buffer };
}

async function deleteTemplates(session: Session, ids: readonly string[]): Promise<void> {
  for (const templateId of ids) {
    const answer = await session.templates.deleteTemplate({ templateId });
    if (session.json) printJson(session.stdout, DeleteTemplateResponseSchema, answer);
    else session.stdout.write(`${templateId}: deleted\n`);
  }
}
