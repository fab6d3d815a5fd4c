import fc from 'fast-check';
import { Columns } from '../../../../lib/index/columns/columns.ts';
import { PacketColumns } from '../../../../lib/index/engine/packet-columns.ts';
import { PacketRecords } from '../../../../lib/index/engine/packet-records.ts';
import { Kernel } from '../../../../lib/index/kernel/kernel.ts';
import * as at from '../../../../lib/index/kernel/layout.ts';

interface Packet {
  flow: number; // number in the batch
  caplen: number;
  origlen: number;
  member: number;
  direction: number;
  duplicate: number;
  time: number;
  offset: number;
}

const kernel = Kernel.begin();
const records = new PacketRecords(kernel, at.PACKET_BATCHES_AT);
const columns = new PacketColumns(new Columns(kernel.memory));

/** Puts a batch where the kernel does. */
function fill(ordinals: number[], packets: Packet[], place = at.PACKET_BATCHES_AT): void {
  records.next(place);
  const integers = kernel.integersAt(place, packets.length * 8);
  const doubles = kernel.doublesAt(place, packets.length * 4);
  for (const [
    i,
    { flow, caplen, origlen, member, direction, duplicate, time, offset },
  ] of packets.entries()) {
    integers.set([flow, caplen, origlen, (member << 2) | (duplicate << 1) | direction], i * 8);
    doubles.set([time, offset], i * 4 + 2);
  }
  kernel.integersAt(place + at.PACKET_ORDINALS, ordinals.length).set(ordinals);
  kernel.state[at.RECORD_COUNT] = packets.length;
  kernel.state[at.FLOW_COUNT] = ordinals.length;
}

const EPOCH = 1_700_000_000_000_000_000n;

function rows(batch = records.batch): Record<string, unknown>[] {
  const { rows: count, columns: read } = columns.batch(batch, { epoch: EPOCH, unit: 1000 });
  return Array.from({ length: count }, (_, row) =>
    Object.fromEntries(
      Object.entries(read).map(([name, column]) => [name, 'values' in column && column.values[row]]),
    ),
  );
}

/** Beyond 104 days a double tells the microsecond, not the nanosecond. */
function toUnit(time: number): bigint {
  return BigInt(Math.round(time / 1000)) * 1000n;
}

function expected(ordinals: number[], packets: Packet[]) {
  return packets
    .map(({ flow, time, offset, ...rest }) => ({
      ...rest,
      flow: ordinals[flow]!,
      ts: BigInt.asIntN(
        64,
        EPOCH + (Math.abs(time) <= Number.MAX_SAFE_INTEGER ? BigInt(time) : toUnit(time)),
      ),
      offset: BigInt(offset),
    }))
    .sort((a, b) => a.flow - b.flow || Number(a.offset - b.offset));
}

const batch = fc
  .uniqueArray(fc.oneof(fc.nat(50), fc.integer({ min: 0, max: 2 ** 31 - 1 })), {
    minLength: 1,
    maxLength: 60,
  })
  .chain(ordinals =>
    fc.tuple(
      fc.constant(ordinals),
      fc.uniqueArray(
        fc.record<Packet>({
          flow: fc.nat(ordinals.length - 1),
          caplen: fc.nat(65_535),
          origlen: fc.nat(2 ** 31 - 1),
          member: fc.nat(2 ** 20),
          direction: fc.nat(1),
          duplicate: fc.nat(1),
          time: fc.oneof(
            fc.integer({ min: -1e9, max: 1e15 }).map(time => time * 1000),
            fc.constantFrom(8.64e21, -8.64e21, 1e24), // no clock tells these: they wrap around
          ),
          offset: fc.oneof(fc.nat(200), fc.nat(2 ** 45)),
        }),
        { minLength: 1, maxLength: 200, selector: packet => packet.offset },
      ),
    ),
  );

it('makes rows of a batch, sorted by flow, then by offset', () => {
  fc.assert(
    fc.property(batch, ([ordinals, packets]) => {
      fill(ordinals, packets);
      expect(rows()).toEqual(expected(ordinals, packets));
    }),
  );
});

it('sorts as many packets and flows as a batch may have', () => {
  const ordinals = Array.from({ length: at.PACKET_RECORDS }, (_, i) => Math.imul(i, 0x9e3779b1) >>> 1);
  const packets = ordinals.map((_, i) => ({
    ...{ flow: i, caplen: 1, origlen: 2, member: 0, direction: 0, duplicate: 0 },
    ...{ time: i, offset: i },
  }));
  fill(ordinals, packets);
  expect(records.isFull).toBe(true);
  const { flow } = columns.batch(records.batch, { epoch: 0n, unit: 1000 }).columns;
  const flows = 'values' in flow! ? [...(flow.values as Int32Array)] : [];
  expect(flows).toEqual([...ordinals].sort((a, b) => a - b));
});

it('stays as it was while the next one is filled elsewhere', () => {
  const packet = {
    flow: 0,
    caplen: 60,
    origlen: 70,
    member: 1,
    direction: 1,
    duplicate: 0,
    time: 5000,
    offset: 24,
  };
  fill([9], [packet, { ...packet, offset: 100 }]);
  const { batch } = records;
  const before = rows();
  fill([1, 2], [packet], at.PACKET_BATCHES_AT + at.PACKET_BATCH_BYTES);
  expect(rows()).toHaveLength(1);
  expect(rows(batch)).toEqual(before);
});
