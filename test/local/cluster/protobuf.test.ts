import { fromProtobuf } from '../../../local/cluster/protobuf.ts';
import { ApiError } from '../../../local/cluster/status.ts';

/** One field of the wire format: number, length, bytes. */
const field = (number: number, ...bytes: number[]) => [number * 8 + 2, bytes.length, ...bytes];
const text = (number: number, value: string) => field(number, ...Buffer.from(value));
const magic = [0x6b, 0x38, 0x73, 0];

function body(apiVersion: string, kind: string, ...object: number[]): Buffer {
  const raw = object;
  const length = raw.length < 128 ? [raw.length] : [(raw.length & 127) | 128, raw.length >> 7];
  return Buffer.from([
    ...magic,
    ...field(1, ...text(1, apiVersion), ...text(2, kind)),
    2 * 8 + 2,
    ...length,
    ...raw,
    0x1a,
    0,
    0x22,
    0,
  ]);
}

describe('fromProtobuf', () => {
  it('reads a ConfigMap', () => {
    const metadata = field(
      1,
      ...text(1, 'a'),
      ...text(2, ''),
      ...text(3, 'default'),
      ...field(8),
      ...field(11, ...text(1, 'app'), ...text(2, 'web')),
    );
    const data = field(2, ...text(1, 'x'), ...text(2, '1'));
    expect(fromProtobuf(body('v1', 'ConfigMap', ...metadata, ...data))).toEqual({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'a', namespace: 'default', labels: { app: 'web' } },
      data: { x: '1' },
    });
  });

  it('keeps the bytes of a Secret and a number that is zero on purpose', () => {
    const secret = fromProtobuf(
      body(
        'v1',
        'Secret',
        ...field(1, ...text(1, 's')),
        ...field(2, ...text(1, 'k'), ...field(2, 0xff, 0)),
        ...text(3, 'Opaque'),
        0x28,
        1,
      ),
    );
    expect(secret).toMatchObject({ data: { k: '/wA=' }, type: 'Opaque', immutable: true });
    const job = fromProtobuf(body('batch/v1', 'Job', ...field(1, ...text(1, 'j')), ...field(2, 0x38, 0)));
    expect(job.spec).toEqual({ backoffLimit: 0 });
  });

  it('refuses what it does not know rather than lose it', () => {
    const unknown = body('v1', 'ConfigMap', ...field(1, ...text(1, 'a')), ...text(9, 'x'));
    expect(() => fromProtobuf(unknown)).toThrow(ApiError);
    expect(() => fromProtobuf(body('apps/v1', 'Deployment'))).toThrow('Deployment is not read from protobuf');
  });

  it('passes over fields that are unknown and empty', () => {
    expect(
      fromProtobuf(body('v1', 'ServiceAccount', ...field(1, ...text(1, 'x')), ...field(9), 0x50, 0)).metadata,
    ).toEqual({ name: 'x' });
  });

  it.each([
    ['no protobuf', Buffer.from('{}')],
    ['a length beyond the end', Buffer.from([...magic, 0x0a, 0x7f])],
    ['a number without an end', Buffer.from([...magic, 0x0a, 0xff, 0xff])],
  ])('refuses %s', (_name, bytes) => {
    expect(() => fromProtobuf(bytes)).toThrow(ApiError);
  });
});
