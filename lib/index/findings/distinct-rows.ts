/** Rows that agree in all columns, each kind once. */
export interface DistinctRows {
  /** By row, the number of its kind; -1 for those that have none in the first column. */
  readonly index: Int32Array;
  /** By number, the first and the last row of the kind, and how many there are. */
  readonly first: Int32Array;
  readonly last: Int32Array;
  readonly counts: Int32Array;
}

/** `leading`: the first column, of numbers below `limit`, or -1; the others may have any. */
export function distinctRows(
  leading: Int32Array,
  limit: number,
  others: readonly Int32Array[],
): DistinctRows {
  const rows = leading.length;
  const index = new Int32Array(rows).fill(-1);
  const first = new Int32Array(rows);
  const last = new Int32Array(rows);
  const counts = new Int32Array(rows);
  const latest = new Int32Array(limit).fill(-1); // kind of those with the same number in the first column,
  const before = new Int32Array(rows); // and the one before
  let kinds = 0;
  for (let row = 0; row < rows; row++) {
    const place = leading[row]!;
    if (place < 0) continue;
    let kind = latest[place]!;
    while (kind >= 0 && !agree(others, row, first[kind]!)) kind = before[kind]!;
    if (kind < 0) {
      kind = kinds++;
      first[kind] = row;
      before[kind] = latest[place]!;
      latest[place] = kind;
    }
    last[kind] = row;
    counts[kind]!++;
    index[row] = kind;
  }
  return {
    index,
    first: first.subarray(0, kinds),
    last: last.subarray(0, kinds),
    counts: counts.subarray(0, kinds),
  };
}

function agree(columns: readonly Int32Array[], row: number, other: number): boolean {
  for (const column of columns) if (column[row] !== column[other]) return false;
  return true;
}
