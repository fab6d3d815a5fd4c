export { run, take, useCapture, useLink } from './lane';
export { useSlots } from './table';
