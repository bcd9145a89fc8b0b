import { answer, answerText, headerOf, type NodeRequest, type NodeResponse } from '../http-types.ts';
import { sendFile } from '../send-file.ts';
import { openConsoleFile, type ConsoleFile } from './files.ts';
import { consoleHeaders } from './headers.ts';
import { notBuiltPage } from './not-built.ts';

/**
 * Serves the console: its files, and its one page for every address that a person opens. Who asks for something else that
 * is not there learns so.
 */
export async function serveConsole(
  folder: string,
  request: NodeRequest,
  response: NodeResponse,
  path: string,
): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return answerText(response, 404, 'There is nothing at this address for this method.', { ...consoleHeaders });
  }
  const file = path === '/' ? undefined : await openConsoleFile(folder, path);
  if (file) return send(file, request, response);
  const wantsPage = path === '/' || (headerOf(request, 'accept') ?? '').includes('text/html');
  if (!wantsPage) return answerText(response, 404, 'There is nothing at this address.', { ...consoleHeaders });
  const page = await openConsoleFile(folder, '/index.html');
  if (page) return send(page, request, response);
  answer(
    response,
    503,
    { ...consoleHeaders, 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' },
    notBuiltPage,
  );
}

const send = (file: ConsoleFile, request: NodeRequest, response: NodeResponse) =>
  sendFile(
    file,
    { ...consoleHeaders, 'cache-control': file.immutable ? 'public, max-age=31536000, immutable' : 'no-cache' },
    request,
    response,
  );
