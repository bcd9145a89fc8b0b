import type { MessageInitShape } from '@bufbuild/protobuf';
import { TesterService, TesterStepKind, type AddTesterRequestSchema, type Tester } from '#proto/muster/v1/tester_pb.js';
import type { CommandLines } from './AsCommand.tsx';
import { bufCurl, shellQuote } from './buf-curl.ts';
import { musterLine, option } from './muster-line.ts';

/** The commands that do what the pages of testers do. */
export function testerLines(origin: string) {
  const muster = musterLine(origin);
  return {
    testers: (): CommandLines => ({
      muster: muster('testers', 'list'),
      curl: bufCurl(TesterService.method.listTesters, {}, origin),
    }),
    tester: (testerId: string): CommandLines => ({
      muster: muster('testers', 'show', testerId),
      curl: bufCurl(TesterService.method.getTester, { testerId }, origin),
    }),
    addTester: (request: MessageInitShape<typeof AddTesterRequestSchema>): CommandLines => ({
      muster: muster(
        'testers',
        'add',
        shellQuote(request.email || 'EMAIL'),
        option('name', request.name || 'NAME'),
        request.template === 'base' ? [] : option('template', request.template),
        option('host', request.host),
      ),
      curl: bufCurl(TesterService.method.addTester, request, origin),
    }),
    importTesters: (onlyValid: boolean): CommandLines => ({
      muster: muster('testers', 'import', 'testers.csv', onlyValid ? '--only-valid' : []),
      curl: bufCurl(TesterService.method.importTesters, { csv: 'name,email\nNAME,EMAIL', onlyValid }, origin),
    }),
    retryTesterStep: (testerId: string, step: TesterStepKind): CommandLines => ({
      muster: muster('testers', 'retry', testerId, '--step', TesterStepKind[step].toLowerCase()),
      curl: bufCurl(TesterService.method.retryTesterStep, { testerId, step }, origin),
    }),
    retryFailed: (): CommandLines => ({
      muster: muster('testers', 'retry', '--all'),
      curl: bufCurl(TesterService.method.retryTesterStep, {}, origin),
    }),
    removeTester: ({ id, name }: Tester): CommandLines => ({
      muster: muster('testers', 'remove', id, '--confirm'),
      curl: bufCurl(TesterService.method.removeTester, { testerId: id, confirmName: name }, origin),
    }),
  };
}
