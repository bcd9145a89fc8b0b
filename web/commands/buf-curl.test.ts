import { expect, test } from 'vitest';
import { HostService } from '#proto/muster/v1/host_pb.js';
import { bufCurl, shellQuote } from './buf-curl.ts';

test('a call without fields has no body, and plain HTTP says that it speaks HTTP/2', () => {
  expect(bufCurl(HostService.method.listHosts, {}, 'http://127.0.0.1:7080')).toBe(
    'buf curl --http2-prior-knowledge --header "Authorization: Bearer $MUSTER_TOKEN" \\\n  http://127.0.0.1:7080/muster.v1.HostService/ListHosts',
  );
});

test('the body is quoted for a shell', () => {
  expect(
    bufCurl(HostService.method.cordonHost, { hostId: 'host1', reason: "it's old" }, 'https://muster.example'),
  ).toContain(`--data '{"hostId":"host1","reason":"it'\\''s old"}'`);
});

test.each([
  ['plain-word_1', 'plain-word_1'],
  ['two words', `'two words'`],
  ['$(boom)', `'$(boom)'`],
  ['', `''`],
])('%s becomes %s', (text, quoted) => {
  expect(shellQuote(text)).toBe(quoted);
});
