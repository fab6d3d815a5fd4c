import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { blobOutput } from '../../workload/outputs/blob.ts';
import { run, Sandbox } from './run.ts';

const SIGNATURE = 'sv=2021-12-02&sig=s3cret%2Fsignature%3D';
const closed: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closed.splice(0)) await close();
});

/** As much of Azure Blob Storage as an upload needs: blocks, and the list that makes a blob of them. */
async function startBlobs(answer: (request: IncomingMessage, count: number) => number = () => 201) {
  const blocks = new Map<string, Buffer>();
  const blobs = new Map<string, { body: Buffer; headers: IncomingMessage['headers'] }>();
  let count = 0;
  const server = createServer(async (request, response) => {
    const url = new URL(request.url!, 'http://blobs');
    const body = await buffer(request);
    response.statusCode =
      url.searchParams.get('sig') === 's3cret/signature=' ? answer(request, count++) : 403;
    if (response.statusCode === 201 && url.searchParams.get('comp') === 'block') {
      blocks.set(url.searchParams.get('blockid')!, body);
    } else if (response.statusCode === 201) {
      const ids = [...body.toString().matchAll(/<Latest>(.*?)<\/Latest>/g)].map(([, id]) => blocks.get(id!)!);
      blobs.set(url.pathname, { body: Buffer.concat(ids), headers: request.headers });
    } else response.setHeader('x-ms-error-code', 'AuthenticationFailed');
    response.end();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  closed.push(() => server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, blobs, requests: () => count };
}

const content = Buffer.alloc(20 * 1024 * 1024, 'abcdefg');
const chunks = () =>
  Readable.from(Array.from({ length: 80 }, (_, i) => content.subarray(i * 262_144, (i + 1) * 262_144)));
const store = (url: string) => blobOutput(url).store(chunks(), 'x.tar.gz', content.length);

describe('an upload to Azure', () => {
  it('is a blob of blocks below the container', async () => {
    const { url, blobs, requests } = await startBlobs();
    const stored = await store(`${url}/account/container/?${SIGNATURE}`);
    expect(stored).toEqual({ type: 'BlobUpload', url: `${url}/account/container/x.tar.gz` });
    expect(blobs.get('/account/container/x.tar.gz')?.body.equals(content)).toBe(true);
    expect(requests()).toBe(4); // blocks of 8, 8 and 4 MiB, and their list
  });

  it('is repeated where the service was busy', async () => {
    const { url, blobs } = await startBlobs((_, count) => (count === 1 ? 503 : 201));
    await store(`${url}/container?${SIGNATURE}`);
    expect(blobs.get('/container/x.tar.gz')?.body.equals(content)).toBe(true);
  });

  it('fails at once when it is refused, and does not tell the signature', async () => {
    const { url, requests } = await startBlobs();
    await expect(store(`${url}/container?sig=wrong`)).rejects.toThrow(
      /^127\.0\.0\.1:\d+ answered 403 AuthenticationFailed$/,
    );
    expect(requests()).toBe(0);
  });

  it.each(['', 'no url', 'https://account.blob.core.windows.net/?sig=s3cret', 'file:///etc/passwd'])(
    'needs a URL with a container, not "%s"',
    url => {
      expect(() => blobOutput(url)).toThrow('is not a blob URL with a container and a signature');
    },
  );

  it('takes its URL from the Secret, in quotes or not', async () => {
    const { url, blobs } = await startBlobs();
    const box = new Sandbox();
    closed.push(() => box.remove());
    box.write('/etc/blob-upload-secret/blob-upload-url', `"${url}/container?${SIGNATURE}"\n`);
    const { code, report, output } = await run(box, { CAPTURE_DURATION: '100ms' });
    expect(code).toBe(0);
    expect(report.outputs).toEqual([{ type: 'BlobUpload', url: `${url}/container/${report.file}` }]);
    expect(blobs.get(`/container/${report.file}`)?.body).toHaveLength(report.bytes);
    expect(output).not.toContain('sig');
  });

  it.each([
    ['is empty', 'blob-upload-url', '""\n'],
    ['has another key', 'url', 'https://account.blob.core.windows.net/container'],
  ])('fails before the capture when the Secret %s', async (_, key, value) => {
    const box = new Sandbox();
    closed.push(() => box.remove());
    box.write(`/etc/blob-upload-secret/${key}`, value);
    box.makeDirectory('/captures');
    const { code, report, output } = await run(box, { CAPTURE_DURATION: '100ms', HOSTPATH: '/captures' });
    expect(code).toBe(1);
    expect(report.error).toBe('BlobUpload: the Secret has no key "blob-upload-url", or it is empty');
    expect(output).not.toContain('capturing on');
  });
});
