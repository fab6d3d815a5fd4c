import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { Blobs } from '../../../../local/cloud/s3/blobs.ts';
import { receiveBody } from '../../../../local/cloud/s3/body.ts';

const folder = mkdtempSync(join(tmpdir(), 'blobs-'));
const blobs = new Blobs(folder);
afterAll(() => rmSync(folder, { recursive: true }));
const STREAMING = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER';

/** The bytes as one stream, cut at the given places. */
function* cut(bytes: Buffer, places: number[]) {
  let from = 0;
  for (const place of [...places].sort((a, b) => a - b)) {
    const to = Math.min(place, bytes.length);
    if (to > from) yield bytes.subarray(from, to);
    from = Math.max(from, to);
  }
  if (from < bytes.length) yield bytes.subarray(from);
}

const receive = (wire: Buffer, places: number[], headers: Record<string, string> = {}) =>
  receiveBody(Readable.from(cut(wire, places)), name => headers[name], STREAMING, blobs);

describe('an aws-chunked body', () => {
  it('is the same however the network cuts it', async () => {
    const chunk = fc.uint8Array({ minLength: 1, maxLength: 50 }).map(bytes => Buffer.from(bytes));
    await fc.assert(
      fc.asyncProperty(
        fc.array(chunk, { maxLength: 6 }),
        fc.array(fc.nat(400), { maxLength: 20 }),
        async (chunks, places) => {
          const framed = chunks.map(bytes => [
            `${bytes.length.toString(16)};chunk-signature=0\r\n`,
            bytes,
            '\r\n',
          ]);
          const wire = Buffer.concat(
            [...framed.flat(), '0\r\nx-amz-trailer-signature:0\r\n\r\n'].map(part => Buffer.from(part)),
          );
          const { blob, size } = await receive(wire, places);
          const whole = Buffer.concat(chunks);
          expect(size).toBe(whole.length);
          expect(readFileSync(join(folder, blob)).equals(whole)).toBe(true);
        },
      ),
    );
  });

  it.each([
    ['ends in a chunk', '5\r\nabc'],
    ['has no last chunk', '3\r\nabc\r\n'],
    ['lies about a length', '2\r\nabc\r\n0\r\n\r\n'],
    ['has no number', 'zz\r\nabc\r\n0\r\n\r\n'],
    ['has an endless line', 'a'.repeat(5000)],
    ['has too many trailers', `0\r\n${Array.from({ length: 20 }, (_, i) => `t${i}: 1\r\n`).join('')}\r\n`],
  ])('that %s is refused and leaves nothing', async (_, wire) => {
    const before = readdirSync(folder).length;
    await expect(receive(Buffer.from(wire), [])).rejects.toMatchObject({ code: 'IncompleteBody' });
    expect(readdirSync(folder).length).toBe(before);
  });

  it('that is shorter than announced is refused', async () => {
    const headers = { 'x-amz-decoded-content-length': '4' };
    await expect(receive(Buffer.from('3\r\nabc\r\n0\r\n\r\n'), [], headers)).rejects.toMatchObject({
      code: 'IncompleteBody',
    });
  });

  it('never crashes on any bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async bytes => {
        await receive(Buffer.from(bytes), []).catch(({ code }) => expect(code).toBe('IncompleteBody'));
      }),
    );
  });
});

describe('blobs', () => {
  it('outlive their deletion while somebody reads them', async () => {
    const bytes = randomBytes(3 << 20);
    const { blob, size } = await receiveBody(
      Readable.from([bytes]),
      () => undefined,
      'UNSIGNED-PAYLOAD',
      blobs,
    );
    const got: Buffer[] = [];
    await blobs.reading([{ blob, size }], async () => {
      blobs.delete([blob]);
      for await (const part of blobs.read([{ blob, size }], 0, size - 1)) got.push(part);
    });
    expect(Buffer.concat(got).equals(bytes)).toBe(true);
    expect(readdirSync(folder)).not.toContain(blob);
  });
});
