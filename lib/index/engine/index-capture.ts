import { type CaptureFile, openCaptures, openInflated } from '../../pcap/container/open.ts';
import { TruncatedArchive } from '../../pcap/container/truncated.ts';
import { NotACapture } from '../../pcap/errors.ts';
import { DEFAULT_LIMITS, type Limits } from '../../pcap/limits.ts';
import type { StartAnalysers } from '../analyser.ts';
import type { CaptureSummary } from '../summary.ts';
import type { TableSink } from '../table.ts';
import { CaptureVisitor } from './capture-visitor.ts';
import type { EngineOutput } from './output.ts';
import type { CaptureSource } from './source.ts';
import { TableOutput } from './table-output.ts';

export interface IndexOptions {
  /** The application analysers; without them no flow has a service. */
  analysers?: StartAnalysers;
  limits?: Partial<Limits>;
  /** Told now and then how many bytes of the source were read. */
  progress?: (bytes: number) => void;
}

/** Where a capture file lies in its archive. */
export interface CaptureMember {
  /** As in `packets.member`. */
  member: number;
  name: string;
  format: CaptureFile['format'];
  /** Offset of its first byte in the inflated archive; undefined when it was compressed on its own therein. */
  start: number | undefined;
}

/**
 * Where gzip members begin: inflating may start at `compressed[i]`, and gives the bytes from `inflated[i]` on.
 * Both rise; an uncompressed file has none, a single long member has one.
 */
export interface GzipMembers {
  compressed: number[];
  inflated: number[];
}

export interface IndexedCapture {
  summary: CaptureSummary;
  members: CaptureMember[];
  gzip: GzipMembers;
}

/**
 * Reads a capture (or an archive of captures) once, from its first byte to its last, and writes every table of
 * its index but `findings`. What is damaged or breaks off is indexed as far as it goes; `summary.partial` says why.
 * @throws CaptureError when there is nothing to index at all
 */
export function indexCapture(
  source: CaptureSource,
  sink: TableSink,
  options: IndexOptions = {},
): Promise<IndexedCapture> {
  return followCapture(source, new TableOutput(sink), options);
}

/** As {@link indexCapture}, for who makes the tables elsewhere. */
export async function followCapture(
  source: CaptureSource,
  output: EngineOutput,
  options: IndexOptions,
): Promise<IndexedCapture> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const visitor = new CaptureVisitor(source, output, limits, options.analysers);
  const members: CaptureMember[] = [];
  const gzip: GzipMembers = { compressed: [], inflated: [] };
  const onMember = (compressed: number, inflated: number) => {
    gzip.compressed.push(compressed);
    gzip.inflated.push(inflated);
  };
  let read = 0;
  const counted = async function* () {
    for await (const chunk of source.stream()) {
      read += chunk.length;
      yield chunk;
      options.progress?.(read);
    }
  };
  try {
    const files = source.isInflated
      ? openInflated(source.name, counted(), limits)
      : openCaptures(source.name, counted(), limits, onMember);
    for await (const file of files) {
      const { name, format, start, content } = file;
      members.push({ member: members.length, name, format, start });
      visitor.begin(format, members.length - 1);
      for await (const chunk of content) {
        visitor.push(chunk);
        await output.drain();
      }
      visitor.end();
    }
  } catch (error) {
    if (!(error instanceof TruncatedArchive)) throw error;
    visitor.breakOff(error.message);
    if (members.length > 0) visitor.end();
  }
  if (members.length === 0) {
    throw new NotACapture(
      read === 0 ? `${source.name} is empty` : `${source.name} is no capture and no archive with one inside`,
    );
  }
  return { summary: visitor.finish(), members, gzip };
}
