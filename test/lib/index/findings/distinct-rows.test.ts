import { distinctRows } from '../../../../lib/index/findings/distinct-rows.ts';

test('rows that agree in all columns are of one kind, in the order in which they come', () => {
  const leading = Int32Array.of(0, 1, 0, -1, 0, 1, 0);
  const ports = Int32Array.of(80, 80, 443, 80, 80, 80, 443);
  const names = Int32Array.of(5, -1, 5, 5, 5, 7, 5);
  expect(distinctRows(leading, 2, [ports, names])).toEqual({
    index: Int32Array.of(0, 1, 2, -1, 0, 3, 2),
    first: Int32Array.of(0, 1, 2, 5),
    last: Int32Array.of(4, 1, 6, 5),
    counts: Int32Array.of(2, 1, 2, 1),
  });
});

test('there may be no rows, and none with a number', () => {
  const none = new Int32Array(0);
  expect(distinctRows(none, 0, [])).toEqual({ index: none, first: none, last: none, counts: none });
  expect(distinctRows(Int32Array.of(-1), 0, [none]).index).toEqual(Int32Array.of(-1));
});
