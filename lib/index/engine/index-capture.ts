import { Columns } from '../columns/columns.ts';
import { Kernel } from '../kernel/kernel.ts';
import type { TableSink } from '../table.ts';
import { followCapture, type IndexedCapture, type IndexOptions } from './follow-capture.ts';
import type { CaptureSource } from './source.ts';
import { TableOutput } from './table-output.ts';

/**
 * Indexes a capture (or an archive of captures) as {@link followCapture} reads it, and writes every table of its index but
 * `findings`.
 */
export async function indexCapture(
  source: CaptureSource,
  sink: TableSink,
  options: IndexOptions = {},
): Promise<IndexedCapture> {
  const kernel = Kernel.begin();
  try {
    const output = new TableOutput(new Columns(kernel.memory), sink);
    return await followCapture(source, kernel, output, options);
  } finally {
    kernel.end();
  }
}
