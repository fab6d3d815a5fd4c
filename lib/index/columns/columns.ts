import { KernelMemory } from '../kernel/memory.ts';
import { CODE } from './code.ts';

/** What assembly/index.ts exports. */
interface Exports {
  /** Of a batch of packets, sorted by flow, then by offset; the columns are named in layout.ts. */
  makePackets(batch: number, count: number, flows: number, epoch: bigint, unit: number): void;
  /** Of a batch of flows that ended (see conn.ts); not 0 when any of them was translated. */
  makeConn(records: number, count: number, epoch: bigint, unit: number): number;
  /** Where memory of the program's own constants ends. */
  staticEnd(): number;
}

let module: WebAssembly.Module | undefined;

/** Makes columns of what a kernel leaves in its memory, on the same thread or on another one. */
export class Columns extends KernelMemory {
  readonly exports: Exports;

  constructor(memory: WebAssembly.Memory) {
    super(memory);
    module ??= new WebAssembly.Module(Buffer.from(CODE, 'base64'));
    this.exports = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Exports;
  }
}
