import { type Column, type KeptTexts, textAt } from './table.ts';
import { textOf } from './text-list.ts';

/** The texts of a column, each once: row r has `texts[index[r]]`, none where that is -1. */
export interface IndexedTexts {
  readonly texts: readonly string[];
  readonly index: Int32Array;
  readonly kept?: KeptTexts | undefined;
}

/** A column of texts in whichever form, as numbers of its texts; what is asked of a text is then asked once. */
export function indexTexts(column: Column | undefined, rows: number): IndexedTexts {
  if (column === undefined) return { texts: [], index: new Int32Array(rows).fill(-1) };
  if ('texts' in column) {
    const texts = Array.from(column.texts.offsets.subarray(1), (_, number) => textOf(column.texts, number));
    return { texts, index: column.index, kept: column.kept };
  }
  const known = new Map<string, number>();
  const index = new Int32Array(rows).fill(-1);
  for (let row = 0; row < rows; row++) {
    const text = textAt(column, row);
    if (text === undefined) continue;
    let number = known.get(text);
    if (number === undefined) {
      number = known.size;
      known.set(text, number);
    }
    index[row] = number;
  }
  return { texts: [...known.keys()], index };
}
