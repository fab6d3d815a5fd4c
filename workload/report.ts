import { writeFile } from 'node:fs/promises';
import type { Report } from '../lib/storage/report.ts';
import { errorCode } from './errors.ts';

const MAX_BYTES = 4096; // of a termination message (Kubernetes)

/** The report as JSON that fits a termination message: what is told last is shortened first. */
export function formatReport(report: Report): string {
  let { warnings, error } = report;
  for (;;) {
    const { warnings: _, error: __, ...facts } = report;
    const text = JSON.stringify({
      ...facts,
      ...(warnings && warnings.length > 0 && { warnings }),
      ...(error && { error }),
    });
    if (Buffer.byteLength(text) <= MAX_BYTES) return text;
    if (warnings && warnings.length > 0) warnings = warnings.slice(0, -1);
    else if (error && error.length > 1) error = `${error.slice(0, Math.floor(error.length * 0.8))}…`;
    else return text;
  }
}

/**
 * Leaves the report where the kubelet looks for it and, as the last line, in the log. Outside of a container
 * there is no such file and none is made.
 */
export async function deliverReport(report: Report, terminationLog: string): Promise<void> {
  const text = formatReport(report);
  try {
    await writeFile(terminationLog, text, { flag: 'r+' }); // the runtime has made the file
  } catch (error) {
    if (errorCode(error) !== 'ENOENT')
      console.error(`cannot write ${terminationLog}: ${(error as Error).message}`);
  }
  console.log(text);
}
