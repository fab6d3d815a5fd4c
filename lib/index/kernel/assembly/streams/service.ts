import * as row from '../../../engine/row';
import { integers } from '../rows';
import { streamAt } from './stream';

/** What a conversation that has begun turned out to be. */
export function setService(flow: i32, service: i32): void {
  streamAt(integers[flow * row.ROW_INTEGERS + row.SERVICE]).service = service;
}
