/** DNS over UDP, mDNS and LLMNR, with a message in each datagram, and over TCP, with one behind its length in two bytes. */

import { allocateZero, release } from '../../../assembly/heap';
import * as row from '../../../engine/row';
import { integers } from '../rows';
import { DNS_MESSAGES, drop, FRAMES, framesAt, leapOf } from '../streams/frames';
import { takeFrames } from '../streams/framing';
import * as message from './message';
import { closeQueries, Queries, takeAnswer, takeQuery } from './queries';
import { writeQuestion } from './row';

const MDNS: i32 = 5353;

@unmanaged
class Conversation extends Queries {
  /** Multicast has no transactions in one flow: there each message is a row. */
  isMulticast: bool;
  /** Of a stream: the frames of both directions; 0 before the first bytes. */
  frames: i32;
}

const CONVERSATION: i32 = <i32>offsetof<Conversation>();

function conversationAt(at: i32): Conversation {
  return changetype<Conversation>(at);
}

export function open(flow: i32): i32 {
  const at = allocateZero(CONVERSATION);
  if (at === 0) return 0;
  conversationAt(at).flow = flow;
  conversationAt(at).isMulticast = isMulticast(flow * row.ROW_INTEGERS);
  return at;
}

/** A datagram. */
export function takeDatagram(at: i32, time: f64, start: i32, end: i32): i32 {
  takeMessage(at, time, start, end);
  return 0;
}

/** The next bytes of a stream, as conversation.ts tells. */
export function data(at: i32, direction: i32, time: f64, start: i32, end: i32, missing: i32): i32 {
  if (conversationAt(at).frames === 0 && !openFrames(at)) return 0;
  const frames = framesAt(conversationAt(at).frames + direction * FRAMES);
  takeFrames(frames, time, start, end, missing);
  return leapOf(frames);
}

export function end(at: i32): void {
  const conversation = conversationAt(at);
  closeQueries(conversation);
  if (conversation.frames !== 0) {
    drop(framesAt(conversation.frames));
    drop(framesAt(conversation.frames + FRAMES));
    release(conversation.frames, 2 * FRAMES);
  }
  release(at, CONVERSATION);
}

function openFrames(at: i32): bool {
  const both = allocateZero(2 * FRAMES);
  if (both === 0) return false;
  for (let direction = 0; direction < 2; direction++) {
    const frames = framesAt(both + direction * FRAMES);
    frames.framing = DNS_MESSAGES;
    frames.owner = at;
    frames.direction = direction;
  }
  conversationAt(at).frames = both;
  return true;
}

export function takeMessage(at: i32, time: f64, start: i32, end: i32): void {
  const conversation = conversationAt(at);
  if (!message.readMessage(start, end)) return;
  if ((message.flags & message.OPCODE) !== 0) return; // NOTIFY, UPDATE …: not a query
  if ((message.flags & message.RESPONSE) !== 0) takeAnswer(conversation, time);
  else if (conversation.isMulticast) writeQuestion(conversation.flow, time);
  else takeQuery(conversation, time);
}

/** Between the ports of mDNS, or to an address of mDNS or LLMNR: 224.0.0.251 and .252, ff02::fb and ff02::1:3. */
function isMulticast(base: i32): bool {
  const ports = integers[base + row.PORTS];
  if (ports === ((MDNS << 16) | MDNS)) return true;
  const address = integers[base + row.RESP_ADDRESS];
  if (integers[base + row.KIND] >> 8 === 4) return address === <i32>0xe00000fb || address === <i32>0xe00000fc;
  const tail = base + row.RESP_TAIL;
  const last = integers[tail + 2];
  if (address !== <i32>0xff020000 || integers[tail] !== 0 || integers[tail + 1] !== 0) return false;
  return last === 0xfb || last === 0x10003;
}
