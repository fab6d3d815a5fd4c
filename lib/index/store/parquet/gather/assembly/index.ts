/** Texts and lists of columns until a row group is full, compiled to WebAssembly (see gatherer.ts). */

import { release, resetHeap } from '../../../../assembly/heap';
import { FREE_AT, HEAP_AT, MEMORY_BYTES } from '../layout';
import { openInput } from './input';

export {
  addRows,
  borrow,
  clearDictionary,
  openDictionary,
  plainBytes,
  presentOf,
  textBytesOf,
  writePlain,
} from './dictionary';
export {
  look,
  offsetsAt,
  prepare,
  prepareBytes,
  presentAt,
  startsAt,
} from './input';
export { addNone, addNumberLists, addTextLists, clearLists, openLists } from './lists';
export { release };

/** Nothing is gathered. */
export function reset(): void {
  resetHeap(FREE_AT, HEAP_AT, MEMORY_BYTES);
  openInput();
}
