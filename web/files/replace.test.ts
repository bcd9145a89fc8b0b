import { Code, ConnectError, createClient, createRouterTransport } from '@connectrpc/connect';
import { expect, test } from 'vitest';
import { ErrorInfoSchema, Reason } from '#proto/muster/v1/errors_pb.js';
import { FileService } from '#proto/muster/v1/file_pb.js';
import { replaceRead } from './replace.ts';

/** Writes into a sandbox whose agent answers a comparison so; says which etags it was asked with. */
function sandboxThatAnswers(code: Code, reason: Reason, field: string) {
  const asked: string[] = [];
  const transport = createRouterTransport(({ rpc }) => {
    rpc(FileService.method.writeFile, ({ placement }) => {
      const ifEtag = placement?.ifEtag ?? '';
      asked.push(ifEtag);
      const detail = { desc: ErrorInfoSchema, value: { reason, field } };
      if (ifEtag !== '') throw new ConnectError('no', code, undefined, [detail]);
      return { file: { etag: 'new' } };
    });
  });
  const put = async (ifEtag: string) => {
    const { file } = await createClient(FileService, transport).writeFile({ placement: { ifEtag } });
    return file?.etag;
  };
  return { asked, put };
}

test('a file that was changed meanwhile is left alone', async () => {
  const { asked, put } = sandboxThatAnswers(Code.Aborted, Reason.CONFLICT, 'placement.if_etag');
  expect(await replaceRead(put, 'old')).toBe('changed');
  expect(asked).toEqual(['old']);
});

test('where the init of a sandbox is too old to compare, what was looked at just before is replaced', async () => {
  const { asked, put } = sandboxThatAnswers(Code.FailedPrecondition, Reason.WRONG_STATE, 'placement.if_etag');
  expect(await replaceRead(put, 'old')).toBe('new');
  expect(asked).toEqual(['old', '']);
});

test('any other refusal is passed on, and nothing is written', async () => {
  const { asked, put } = sandboxThatAnswers(Code.FailedPrecondition, Reason.WRONG_STATE, '');
  await expect(replaceRead(put, 'old')).rejects.toMatchObject({ code: Code.FailedPrecondition });
  expect(asked).toEqual(['old']);
});
