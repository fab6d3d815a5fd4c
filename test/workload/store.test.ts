import { createHash, randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { Output } from '../../workload/outputs/output.ts';
import { store } from '../../workload/store.ts';
import { base64Crc } from './s3-stand-in.ts';

const stored = { type: 'HostPath', path: '/x' } as const;
const content = randomBytes(5_000_000);

async function* chunks(size = 50_000) {
  for (let at = 0; at < content.length; at += size) yield content.subarray(at, at + size);
}

function collecting(into: Buffer[], delayMs = 0): Output {
  return {
    type: 'HostPath',
    async store(archive) {
      for await (const chunk of archive) {
        into.push(chunk);
        if (delayMs > 0) await setTimeout(delayMs);
      }
      return stored;
    },
  };
}

const failing = (after: number): Output => ({
  type: 'S3Upload',
  async store(archive) {
    let seen = 0;
    for await (const chunk of archive) {
      seen += chunk.length;
      if (seen > after) break;
    }
    throw new Error('AccessDenied');
  },
});

describe('store', () => {
  it('gives every output the same bytes and says what they are', async () => {
    const a: Buffer[] = [];
    const b: Buffer[] = [];
    const archived = await store(chunks(), 'x.tar.gz', content.length, [collecting(a), collecting(b, 1)]);
    expect(Buffer.concat(a).equals(content)).toBe(true);
    expect(Buffer.concat(b).equals(content)).toBe(true);
    expect(archived).toEqual({
      bytes: content.length,
      sha256: createHash('sha256').update(content).digest('hex'),
      crc32: base64Crc(content),
      stored: [stored, stored],
      errors: [],
    });
  });

  it.each([0, 200_000, 4_900_000, Infinity])('goes on when an output fails after %d bytes', async after => {
    const kept: Buffer[] = [];
    const archived = await store(chunks(), 'x', content.length, [failing(after), collecting(kept)]);
    expect(archived.errors).toEqual(['S3Upload: AccessDenied']);
    expect(archived.stored).toEqual([stored]);
    expect(Buffer.concat(kept).equals(content)).toBe(true);
  });

  it('reads no further ahead of a slow output than its buffer', async () => {
    let read = 0;
    let written = 0;
    let lead = 0;
    const slow: Output = {
      type: 'HostPath',
      async store(archive) {
        for await (const chunk of archive) {
          written += chunk.length;
          lead = Math.max(lead, read - written);
          await setTimeout(1);
        }
        return stored;
      },
    };
    const source = async function* () {
      for await (const chunk of chunks()) {
        read += chunk.length;
        yield chunk;
      }
    };
    await store(source(), 'x', content.length, [slow]);
    expect(lead).toBeGreaterThan(0);
    expect(lead).toBeLessThan(3_000_000);
  });

  it('fails every output when the archive cannot be read', async () => {
    const source = async function* () {
      yield content;
      throw new Error('tar failed');
    };
    let error: unknown;
    const output: Output = {
      type: 'HostPath',
      async store(archive) {
        try {
          for await (const _ of archive);
        } catch (caught) {
          error = caught;
          throw caught;
        }
        return stored;
      },
    };
    await expect(store(source(), 'x', 1, [output])).rejects.toThrow('tar failed');
    expect(error).toEqual(new Error('tar failed'));
  });
});
