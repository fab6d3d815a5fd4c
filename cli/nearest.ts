/** The name that a mistyped one most likely means; undefined where none is close. */
export function nearest(typed: string, names: readonly string[]): string | undefined {
  const farthest = Math.max(1, Math.floor(typed.length / 3));
  let best: string | undefined;
  let least = farthest + 1;
  for (const name of names) {
    const steps = distance(typed, name);
    if (steps >= least) continue;
    least = steps;
    best = name;
  }
  return best;
}

/** Letters that are too many, missing, wrong or swapped with their neighbour (optimal string alignment). */
function distance(a: string, b: string): number {
  const rows = Array.from({ length: a.length + 1 }, (_, i) => [i]);
  for (let j = 1; j <= b.length; j++) rows[0]![j] = j;
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      const [row, above] = [rows[i]!, rows[i - 1]!];
      row[j] = Math.min(above[j]! + 1, row[j - 1]! + 1, above[j - 1]! + change);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        row[j] = Math.min(row[j]!, rows[i - 2]![j - 2]! + 1);
    }
  }
  return rows[a.length]![b.length]!;
}
