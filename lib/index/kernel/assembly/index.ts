export { heapEnd } from '../../assembly/heap';
export { beginApplications } from './applications';
export { useFlows, usePackets } from './batches';
export { useLink } from './decode';
export { close, closeAll, isIdle, sweep } from './ends';
export { begin, isFromServer } from './flows';
export { take, useCapture } from './lane';
export { run } from './records';
export { isSightingRepeated } from './sightings';
export { endPayload, takePayload } from './streams/payload';
export { setService } from './streams/service';
export { add, find, remove, useRows } from './table';
export {
  setByte,
  setDouble,
  setInteger,
  setLong,
  setNoInteger,
  setNoNumber,
  setNone,
  setText,
} from './tables/columns';
export { beginRow, copyRows, endRow, flush } from './tables/rows';
export {
  closeSession,
  hasServerHello,
  noteUnreadable,
  openSession,
  setAlert,
  setEstablished,
  takeClientHello,
  takeServerHello,
  writeSession,
} from './tls/session';
export { count, follow, note } from './transport';

/** Where the memory of the program itself ends: constants and texts. */
export function staticEnd(): i32 {
  return <i32>__heap_base;
}
