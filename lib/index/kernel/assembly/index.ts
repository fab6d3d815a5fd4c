export { sortBatch } from './batch';
export { useLink } from './decode';
export { begin, isFromServer } from './flows';
export { take, useCapture } from './lane';
export { run } from './records';
export { isSightingRepeated } from './sightings';
export { add, find, remove, useRows } from './table';
export { count, follow, note } from './transport';
