import { execFile } from 'node:child_process';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { Code, createClient } from '@connectrpc/connect';
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from '@connectrpc/connect-node';
import { afterAll, describe, expect, test } from 'vitest';
import { AuthService } from '#proto/muster/v1/auth_pb.js';
import { ErrorInfoSchema, Reason } from '#proto/muster/v1/errors_pb.js';
import { SetupService } from '#proto/muster/v1/setup_pb.js';
import { failureOf, iterate, startTestControlPlane } from '../testing/index.ts';

const controlPlane = await startTestControlPlane();
const { url } = controlPlane;
afterAll(() => controlPlane.stop());

const transports = {
  'Connect over HTTP/1.1': createConnectTransport({ baseUrl: url, httpVersion: '1.1' }),
  'Connect over h2c': createConnectTransport({ baseUrl: url, httpVersion: '2' }),
  'Connect JSON over h2c': createConnectTransport({ baseUrl: url, httpVersion: '2', useBinaryFormat: false }),
  'Connect with GET': createConnectTransport({ baseUrl: url, httpVersion: '1.1', useHttpGet: true }),
  gRPC: createGrpcTransport({ baseUrl: url }),
  'gRPC-Web over HTTP/1.1': createGrpcWebTransport({ baseUrl: url, httpVersion: '1.1' }),
  'gRPC-Web over h2c': createGrpcWebTransport({ baseUrl: url, httpVersion: '2' }),
};

describe.each(Object.entries(transports))('%s', (_name, transport) => {
  test('answers calls', async () => {
    const setup = await createClient(SetupService, transport).getSetup({});
    expect(setup).toMatchObject({
      setupRequired: false,
      installationId: controlPlane.services.installation.id,
      version: '0.1.0',
    });
  });

  test('carries a user token', async () => {
    const { caller } = await createClient(AuthService, transport).getCaller(
      {},
      { headers: { authorization: `Bearer ${controlPlane.admin.token}` } },
    );
    expect(caller?.userId).toBe(controlPlane.admin.id);
  });

  test('every error carries its reason and a request id', async () => {
    const error = await failureOf(createClient(AuthService, transport).getCaller({}));
    expect(error.code).toBe(Code.Unauthenticated);
    expect(error.findDetails(ErrorInfoSchema)).toMatchObject([
      { reason: Reason.UNAUTHENTICATED, requestId: expect.stringMatching(/^req/) },
    ]);
  });

  test('errors of streams carry them too', async () => {
    const error = await failureOf(
      iterate(createClient(AuthService, transport).startDeviceLogin({ deviceName: '' })).next(),
    );
    expect(error.code).toBe(Code.InvalidArgument);
    expect(error.findDetails(ErrorInfoSchema)).toMatchObject([{ reason: Reason.INVALID_FIELD, field: 'device_name' }]);
  });
});

const buf = (...args: string[]) => promisify(execFile)('buf', ['curl', '--http2-prior-knowledge', ...args]);

test('buf curl needs no schema files: it learns the API by reflection', async () => {
  const methods = await buf(url, '--list-methods');
  expect(methods.stdout.split('\n')).toEqual(
    expect.arrayContaining(['muster.v1.SetupService/GetSetup', 'muster.v1.AuthService/LogIn']),
  );
  const { stdout } = await buf(`${url}/muster.v1.SetupService/GetSetup`);
  expect(JSON.parse(stdout)).toMatchObject({ installationId: controlPlane.services.installation.id });
});

test('buf curl asks either version of reflection, over gRPC too', async () => {
  for (const protocol of ['grpc-v1', 'grpc-v1alpha']) {
    const { stdout } = await buf(
      '--reflect-protocol',
      protocol,
      '--protocol',
      'grpc',
      `${url}/muster.v1.SetupService/GetSetup`,
    );
    expect(JSON.parse(stdout)).toMatchObject({ version: '0.1.0' });
  }
});

test('the first bytes may come one by one', async () => {
  const socket = connect(controlPlane.services.config.listen.port || Number(new URL(url).port), '127.0.0.1');
  socket.setNoDelay(true);
  for (const byte of 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n') {
    await new Promise((written) => socket.write(byte, written));
  }
  expect(await text(socket)).toMatch(/^HTTP\/1.1 200 OK[^]*ok\n$/);
});
