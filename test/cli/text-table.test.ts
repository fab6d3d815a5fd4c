import { drawTable } from '../../cli/text-table.ts';

const plain = { width: undefined, colour: false };

describe('text tables', () => {
  it('aligns columns and leaves no space at the end of a line', () => {
    expect(
      drawTable(
        ['NAME', 'N'],
        [
          ['a', '10'],
          ['longer', ''],
        ],
        plain,
      ),
    ).toBe('NAME    N\na       10\nlonger\n');
  });

  it('shortens the widest columns until a line fits the terminal', () => {
    const text = drawTable(['A', 'B'], [['x'.repeat(50), 'y'.repeat(20)]], { width: 40, colour: false });
    const [, row] = text.split('\n');
    expect(row!.length).toBeLessThanOrEqual(40);
    expect(row).toMatch(/^x+… {2}y+…?$/);
  });

  it('colours only where it may', () => {
    const rows = [[{ text: 'REJ', colour: 'red' as const }]];
    expect(drawTable(['STATE'], rows, plain)).toBe('STATE\nREJ\n');
    expect(drawTable(['STATE'], rows, { width: 80, colour: true })).toContain('\u001b[31mREJ\u001b[0m');
  });

  it('lets no captured text move the cursor, colour the terminal or turn its writing around', () => {
    expect(drawTable(['HOST'], [['a\u001b[2Jb\r\nc\u202ed\u009be']], plain)).toBe('HOST\na·[2Jb··c·d·e\n');
  });

  it('draws as many rows as there are', () => {
    const rows = Array.from({ length: 300_000 }, (_, i) => [String(i)]);
    expect(drawTable(['N'], rows, plain).length).toBeGreaterThan(300_000);
  });
});
