/** How a table is drawn: how many characters fit a line (undefined: as many as it takes), and whether in colour. */
export interface Drawing {
  width: number | undefined;
  colour: boolean;
}

/** How standard output is to be drawn on. */
export function drawingOf(stream: NodeJS.WriteStream): Drawing {
  return {
    width: stream.isTTY ? stream.columns : undefined,
    colour: stream.isTTY === true && !process.env.NO_COLOR && stream.hasColors(),
  };
}

export interface Cell {
  text: string;
  colour?: 'red' | 'yellow' | 'green' | 'grey';
}

const CODES = { red: 31, yellow: 33, green: 32, grey: 90 };
const GAP = 2;
const NARROWEST = 6;

/** Lines of aligned columns; the widest columns give way until a line fits. Cells' control characters are shown as "·". */
export function drawTable(heads: string[], rows: (string | Cell)[][], { width, colour }: Drawing): string {
  const cells = rows.map(row => row.map(cell => clean(typeof cell === 'string' ? { text: cell } : cell)));
  const widths = heads.map((head, i) =>
    cells.reduce((width, row) => Math.max(width, row[i]?.text.length ?? 0), head.length),
  );
  if (width !== undefined) shrink(widths, width);
  const line = (row: Cell[]) =>
    row
      .map((cell, i) => {
        const text = shorten(cell.text, widths[i]!);
        const padded = i === row.length - 1 ? text : text.padEnd(widths[i]! + GAP);
        return colour && cell.colour ? `\u001b[${CODES[cell.colour]}m${padded}\u001b[0m` : padded;
      })
      .join('')
      .trimEnd();
  return [heads.map(text => ({ text })), ...cells].map(row => `${line(row)}\n`).join('');
}

function shrink(widths: number[], width: number): void {
  let excess = widths.reduce((sum, size) => sum + size + GAP, -GAP) - width;
  while (excess > 0) {
    const widest = Math.max(...widths);
    if (widest <= NARROWEST) return;
    widths[widths.indexOf(widest)]!--;
    excess--;
  }
}

function shorten(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, width - 1)}…` : text;
}

/** What a capture says must not move the cursor or colour the terminal. */
function clean(cell: Cell): Cell {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return { ...cell, text: cell.text.replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '·') };
}
