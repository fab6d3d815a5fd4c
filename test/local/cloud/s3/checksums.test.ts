import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { type Algorithm, combineCrc, createChecksum } from '../../../../local/cloud/s3/checksums.ts';

const sum = (algorithm: Algorithm, ...parts: Uint8Array[]) => {
  const checksum = createChecksum(algorithm);
  for (const part of parts) checksum.update(part);
  return checksum.digest();
};

// Check values of the CRC catalogue (reveng.sourceforge.io/crc-catalogue) for the nine digits; SHA from FIPS 180.
it.each([
  ['crc32', 'cbf43926'],
  ['crc32c', 'e3069283'],
  ['crc64nvme', 'ae8b14860a799888'],
  ['sha1', 'f7c3bc1d808e04732adf679965ccc34ca7ae3441'],
  ['sha256', '15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225'],
] as const)('%s of 123456789 is %s', (algorithm, expected) => {
  expect(sum(algorithm, Buffer.from('1234'), Buffer.from('56789')).toString('hex')).toBe(expected);
});

it.each(['crc32', 'crc32c', 'crc64nvme'] as const)('two %s make that of the whole', algorithm => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ maxLength: 300 }), (first, second) => {
      const combined = combineCrc(
        algorithm,
        sum(algorithm, first).toString('base64'),
        sum(algorithm, second).toString('base64'),
        second.length,
      );
      expect(combined).toBe(sum(algorithm, first, second).toString('base64'));
    }),
  );
});

it('combines over lengths of many parts', () => {
  const first = Buffer.from('capture');
  const second = Buffer.alloc(9_000_001, 1);
  const expected = Buffer.alloc(4);
  expected.writeUInt32BE(crc32(second, crc32(first)));
  const parts = [first, second].map(part => sum('crc32', part).toString('base64'));
  expect(combineCrc('crc32', parts[0]!, parts[1]!, second.length)).toBe(expected.toString('base64'));
});
