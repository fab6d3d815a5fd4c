import fc from 'fast-check';
import { Report } from '../../lib/storage/report.ts';
import { formatReport } from '../../workload/report.ts';

const report: Report = {
  version: 1,
  file: 'sample-node-1-20261122110000UTC.tar.gz',
  packets: 1,
  dropped: 0,
  bytes: 2,
  sha256: 'ab',
  crc32: 'AAAAAA==',
  outputs: [{ type: 'S3Upload', bucket: 'b', key: 'k', etag: '"e"' }],
};

describe('formatReport', () => {
  it('says all when all fits', () => {
    const full = { ...report, warnings: ['ss is not installed'], error: 'S3Upload: AccessDenied' };
    expect(JSON.parse(formatReport(full))).toEqual(full);
  });

  it('always fits a termination message, and the facts are whole', () => {
    const text = fc.string({ unit: 'binary', maxLength: 9_000 });
    fc.assert(
      fc.property(fc.array(text, { maxLength: 5 }), text, (warnings, error) => {
        const formatted = formatReport({ ...report, warnings, error });
        expect(Buffer.byteLength(formatted)).toBeLessThanOrEqual(4096);
        expect(Report.parse(JSON.parse(formatted))).toMatchObject(report);
      }),
      { numRuns: 50 },
    );
  });

  it('keeps the beginning of a long error', () => {
    const { error } = JSON.parse(
      formatReport({ ...report, error: `tcpdump ended early ${'x'.repeat(9_000)}` }),
    );
    expect(error).toMatch(/^tcpdump ended early x+…+$/);
  });
});
