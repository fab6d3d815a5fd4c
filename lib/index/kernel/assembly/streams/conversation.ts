/** What listens to a flow: the kernel's own readers of protocols, and those that its callers have. */
import * as at from '../../layout';
import * as dns from '../dns/conversation';
import * as host from '../host';
import * as http from '../http/conversation';
import * as http2 from '../http2/conversation';
import * as tls from '../tls/conversation';
import * as startTls from '../tls/starttls';

/** What `data` returns to hear nothing more of this direction, */
export const ENOUGH: i32 = at.ENOUGH;
/** and of either: the conversation ends here, whatever its flow still carries. */
export const OVER: i32 = at.OVER;
/** TCP sequence numbers wrap: no leap may look like one backwards. */
export const MAX_LEAP: i32 = 1 << 30;

/** Begins one of the flow in row `flow` of the flow table; 0 when there is no more room. */
export function open(kind: i32, flow: i32): i32 {
  switch (kind) {
    case at.DNS_DATAGRAMS:
    case at.DNS_STREAM:
      return dns.open(flow);
    case at.TLS:
      return tls.open(flow);
    case at.START_TLS:
      return startTls.open(flow);
    case at.HTTP:
      return http.open(flow);
    case at.HTTP2:
      return http2.open(flow);
    default:
      return host.openQuic(flow);
  }
}

/**
 * The next payload of one direction lies from `start` on, followed by `missing` bytes that the snap length cut off. Returns
 * how many bytes after these (and after the missing ones) this direction can leave out, or ENOUGH or OVER.
 */
export function data(
  kind: i32,
  conversation: i32,
  direction: i32,
  time: f64,
  start: i32,
  end: i32,
  missing: i32,
): i32 {
  switch (kind) {
    case at.DNS_DATAGRAMS:
      return dns.takeDatagram(conversation, time, start, end);
    case at.DNS_STREAM:
      return dns.data(conversation, direction, time, start, end, missing);
    case at.TLS:
      return tls.data(conversation, direction, time, start, end, missing);
    case at.START_TLS:
      return startTls.data(conversation, direction, time, start, end, missing);
    case at.HTTP:
      return http.data(conversation, direction, time, start, end, missing);
    case at.HTTP2:
      return http2.data(conversation, direction, time, start, end, missing);
    default:
      return host.takeQuic(conversation, direction, time, start, end);
  }
}

/** `length` bytes of this direction were never captured; the next `data` continues after them. */
export function gap(kind: i32, conversation: i32, direction: i32, time: f64, length: i32): void {
  switch (kind) {
    case at.DNS_STREAM:
      dns.data(conversation, direction, time, 0, 0, length);
      return;
    case at.TLS:
      tls.gap(conversation, direction, time, length);
      return;
    case at.START_TLS:
      startTls.gap(conversation, direction, time, length);
      return;
    case at.HTTP:
      http.gap(conversation, direction, time, length);
      return;
    case at.HTTP2:
      http2.gap(conversation, direction, time, length);
      return;
    default: // of datagrams none is missed
  }
}

/** The flow closed, went idle or the capture ended, or this was OVER, at `time` of its last packet; its memory is free. */
export function end(kind: i32, conversation: i32, time: f64): void {
  switch (kind) {
    case at.DNS_DATAGRAMS:
    case at.DNS_STREAM:
      dns.end(conversation);
      return;
    case at.TLS:
      tls.end(conversation);
      return;
    case at.START_TLS:
      startTls.end(conversation);
      return;
    case at.HTTP:
      http.end(conversation, time);
      return;
    case at.HTTP2:
      http2.end(conversation);
      return;
    default:
      host.endQuic(conversation, time);
  }
}
