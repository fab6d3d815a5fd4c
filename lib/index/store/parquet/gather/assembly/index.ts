/** Texts and lists of columns until a row group is full, compiled to WebAssembly (see gatherer.ts). */

import { release } from '../../../../assembly/heap';
import { prepare, resetMemory } from '../../../../assembly/memory';
import { textBytes } from '../../../../assembly/texts';
import { openMarks } from './dictionary';

export {
  addTexts,
  borrow,
  clearDictionary,
  marksAt,
  openDictionary,
  plainBytes,
  presentOf,
  writePlain,
} from './dictionary';
export { addNone, addNumberLists, addTextLists, clearLists, openLists } from './lists';
export { prepare, release, textBytes };

/** Nothing is gathered. */
export function reset(seed: i32): void {
  resetMemory(seed);
  openMarks();
}
