import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { Report } from '../../lib/storage/report.ts';
import { startS3 } from './s3-stand-in.ts';

const SCRIPT = resolve(import.meta.dirname, '../../scripts/bundle-workload.ts');
const root = mkdtempSync(join(tmpdir(), 'bundle-'));
afterAll(() => rmSync(root, { recursive: true }));

it('the bundle runs by the command of the contract, without the project beside it', async () => {
  execFileSync(process.execPath, ['--disable-warning=ExperimentalWarning', SCRIPT, join(root, 'retina')]);
  expect(statSync(join(root, 'retina/captureworkload')).size).toBeLessThan(3_000_000);
  const s3 = await startS3();
  const { stdout } = await promisify(execFile)('./retina/captureworkload', {
    cwd: root,
    env: {
      PATH: `${dirname(process.execPath)}:${process.env.PATH}`,
      NODE_HOST_NAME: 'node-1',
      CAPTURE_NAME: 'sample',
      CAPTURE_START_TIMESTAMP: '20261122110000UTC',
      CAPTURE_INTERFACES: 'lo',
      CAPTURE_DURATION: '100ms',
      TMPDIR: root,
      S3_BUCKET: 'bucket',
      S3_ENDPOINT: s3.url,
      AWS_ACCESS_KEY_ID: 'a',
      AWS_SECRET_ACCESS_KEY: 'b',
    },
  });
  s3.close();
  const report = Report.parse(JSON.parse(stdout.trim().split('\n').at(-1)!));
  expect(report.error).toBeUndefined();
  expect(s3.objects.get(`/bucket/${report.file}`)?.body).toHaveLength(report.bytes);
});
