import { type Exports, Program, Programs } from '../../../wasm/program.ts';
import { CODE } from './code.ts';

/** What assembly/index.ts exports; numbers are places in its memory, or the things that lie there. */
interface GathererExports extends Exports {
  openDictionary(): number;
  clearDictionary(dictionary: number): void;
  presentOf(dictionary: number): number;
  textBytes(dictionary: number): number;
  addTexts(dictionary: number, rows: number, texts: number, arrays: number): number;
  marksAt(): number;
  plainBytes(dictionary: number): number;
  writePlain(dictionary: number, lengths: number, texts: number): void;
  openLists(): number;
  clearLists(lists: number): void;
  addNone(lists: number, rows: number): void;
  addTextLists(lists: number, dictionary: number, rows: number, texts: number, arrays: number): void;
  addNumberLists(lists: number, rows: number, arrays: number): void;
  borrow(bytes: number): number;
  release(block: number, bytes: number): void;
}

/** Memory for texts and lists of the tables of one capture, and the program that puts them there. */
export class Gatherer extends Program<GathererExports> {}

/** A row group has 16 MiB of texts at most (see writer.ts), and a capture eight tables. */
export const gatherers = new Programs(CODE, Gatherer, 512 * 1024 * 1024);
