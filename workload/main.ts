/**
 * The capture program of a capture Job: packets of this node's network namespace, as tar.gz, to every output
 * that the environment names. Exit code 0 says that all of it was done.
 */
import { lstat, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { OBJECT_METADATA, type Report } from '../lib/storage/report.ts';
import { capture } from './capture.ts';
import { mounted, readSettings, type Settings } from './env.ts';
import { CaptureError, sentence } from './errors.ts';
import { collectMetadata } from './metadata.ts';
import { blobOutput, readBlobUrl } from './outputs/blob.ts';
import { directoryOutput } from './outputs/file.ts';
import type { Output } from './outputs/output.ts';
import { openS3 } from './outputs/s3.ts';
import { deliverReport } from './report.ts';
import { type Archived, store } from './store.ts';
import { tarball } from './tarball.ts';

const TERMINATION_LOG = '/dev/termination-log';
const S3_SECRET = '/etc/s3-upload-secret';
const BLOB_SECRET = '/etc/blob-upload-secret';
const PVC_MOUNT = '/mnt/azure';

async function main(): Promise<number> {
  const stop = new AbortController();
  process.on('SIGTERM', () => {
    log('SIGTERM: the capture ends, its file will be stored');
    stop.abort();
  });
  const report: Report = {
    version: 1,
    file: '',
    packets: 0,
    dropped: 0,
    bytes: 0,
    sha256: '',
    crc32: '',
    outputs: [],
  };
  try {
    const settings = readSettings(process.env);
    report.file = `${settings.fileName}.tar.gz`;
    await run(settings, report, stop.signal);
  } catch (error) {
    addError(report, error);
  }
  if (report.error) console.error(`error: ${report.error}`);
  await deliverReport(report, mounted(process.env, TERMINATION_LOG));
  return report.error ? 1 : 0;
}

/** Does the work and fills the report as far as it comes. */
async function run(settings: Settings, report: Report, stop: AbortSignal): Promise<void> {
  const outputs = await openOutputs(settings);
  const directory = join(settings.temporary, settings.fileName);
  try {
    await rm(directory, { recursive: true, force: true }); // of a run that was killed
    await mkdir(directory, { recursive: true, mode: 0o750 });

    log(`capturing on ${settings.interfaces.join(', ')}`);
    const captured = await capture(settings, directory, stop);
    report.packets = captured.captured;
    report.dropped = captured.dropped;
    if (captured.error) addError(report, captured.error);
    log(`${captured.captured} packets captured, ${captured.dropped} dropped by the kernel`);

    if (settings.metadata) report.warnings = await collectMetadata(directory);
    record(report, await store(tarball(directory), report.file, await size(directory), outputs));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function record(report: Report, archived: Archived): void {
  report.bytes = archived.bytes;
  report.sha256 = archived.sha256;
  report.crc32 = archived.crc32;
  report.outputs = archived.stored;
  for (const error of archived.errors) addError(report, error);
  for (const stored of archived.stored) log(`stored: ${JSON.stringify(stored)}`);
}

function addError(report: Report, error: unknown): void {
  report.error = [report.error, sentence(error)].filter(Boolean).join('; ');
}

async function openOutputs(settings: Settings): Promise<Output[]> {
  const { hostPath, persistentVolumeClaim, s3, mount } = settings;
  const blobUrl = await readBlobUrl(mount(BLOB_SECRET));
  const outputs: Output[] = [];
  if (hostPath) outputs.push(directoryOutput('HostPath', hostPath, mount(hostPath)));
  if (blobUrl) outputs.push(blobOutput(blobUrl));
  if (persistentVolumeClaim)
    outputs.push(directoryOutput('PersistentVolumeClaim', PVC_MOUNT, mount(PVC_MOUNT)));
  if (s3) outputs.push(await openS3(s3, objectMetadata(settings.capture), mount(S3_SECRET)));
  if (outputs.length === 0) throw new CaptureError('no output is configured');
  return outputs;
}

function objectMetadata(capture: Settings['capture']): Record<string, string> {
  const known = Object.entries(OBJECT_METADATA).map(([field, header]) => [
    header,
    capture[field as keyof typeof capture],
  ]);
  return Object.fromEntries(known.filter(([, value]) => value));
}

/** Bytes of all files below the directory. */
async function size(directory: string): Promise<number> {
  const entries = await readdir(directory, { recursive: true });
  const sizes = await Promise.all(entries.map(async name => (await lstat(join(directory, name))).size));
  return sizes.reduce((sum, bytes) => sum + bytes, 0);
}

function log(message: string): void {
  console.log(`${new Date().toISOString()} ${message}`);
}

void main().then(code => {
  process.exitCode = code;
});
