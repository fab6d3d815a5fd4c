export { sortBatch } from './batch';
export { useLink } from './decode';
export { take, useCapture } from './lane';
export { run } from './records';
export { isSightingRepeated } from './sightings';
export { useSlots } from './table';
export { count, follow, note } from './transport';
