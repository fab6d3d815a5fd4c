import type { CaptureFile } from '../../pcap/container/open.ts';

/** Where a capture file lies in its archive. */
export interface CaptureMember {
  /** As in `packets.member`: counted in the order of the archive, whatever the order of reading. */
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

/** How the captures of a file lie in it, and in which order they are to be read. */
export interface MemberOrder {
  members: CaptureMember[];
  gzip: GzipMembers;
  /** Why the file could not be read to its end. */
  broken: string | null;
  /** The members that are read each time that the file is read, in the order of the file. */
  passes: number[][];
}

/** The captures of a file do not lie in the order of time: it has to be read again, and no row may be kept. */
export class OutOfOrder extends Error {
  override readonly name = 'OutOfOrder';
  readonly order: MemberOrder;

  constructor(order: MemberOrder) {
    super('the captures of the archive are not in the order of their first packets');
    this.order = order;
  }
}

/** An archive that would have to be read more often is read once, in its own order. */
const MAX_PASSES = 32;

/** Members by the time of their first packets, in as few passes as possible; one without a time stays behind the one ahead. */
export function passesInOrder(firstTimes: readonly (bigint | undefined)[]): number[][] {
  let last = 0n;
  const times = firstTimes.map(time => {
    last = time ?? last;
    return last;
  });
  const sorted = [...times.keys()].sort((a, b) => compare(times[a]!, times[b]!) || a - b);
  const passes: number[][] = [];
  for (const member of sorted) {
    const pass = passes.at(-1);
    if (pass === undefined || member < pass.at(-1)!) passes.push([member]);
    else pass.push(member);
  }
  return passes.length <= MAX_PASSES ? passes : [[...times.keys()]];
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Calls `attempt`, and once more with the right order if that of the file is not. Nothing of the first may remain. */
export async function inOrderOfTime<T>(attempt: (order?: MemberOrder) => Promise<T>): Promise<T> {
  try {
    return await attempt();
  } catch (error) {
    if (!(error instanceof OutOfOrder)) throw error;
    return await attempt(error.order);
  }
}
