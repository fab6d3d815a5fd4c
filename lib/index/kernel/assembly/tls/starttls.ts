/**
 * A protocol that may turn to TLS on request: SMTP, IMAP and POP3 (RFC 3207, RFC 2595), PostgreSQL, MySQL, LDAP. What it
 * says before is not read: the ClientHello begins with a segment, since the client has waited for the server's consent.
 */
import { allocateZero, release } from '../../../assembly/heap';
import { ENOUGH } from '../streams/conversation';
import * as tls from './conversation';
import { startsHandshake } from './record';

const MAX_CLEAR: f64 = 65536; // bytes before TLS begins; a conversation that is longer stays in clear

@unmanaged
class Upgradable {
  flow: i32;
  /** The TLS conversation, 0 before it begins. */
  tls: i32;
  /** Bytes that were in clear. */
  clear: f64;
}

const UPGRADABLE: i32 = <i32>offsetof<Upgradable>();

function upgradableAt(at: i32): Upgradable {
  return changetype<Upgradable>(at);
}

export function open(flow: i32): i32 {
  const at = allocateZero(UPGRADABLE);
  if (at !== 0) upgradableAt(at).flow = flow;
  return at;
}

export function data(at: i32, direction: i32, time: f64, start: i32, end: i32, missing: i32): i32 {
  const upgradable = upgradableAt(at);
  if (upgradable.tls === 0) {
    if (!startsHandshake(start, end)) {
      upgradable.clear += <f64>(end - start) + <f64>missing;
      return upgradable.clear > MAX_CLEAR ? ENOUGH : 0;
    }
    upgradable.tls = tls.open(upgradable.flow);
    if (upgradable.tls === 0) return ENOUGH;
  }
  return tls.data(upgradable.tls, direction, time, start, end, missing);
}

export function gap(at: i32, direction: i32, time: f64, length: i32): void {
  if (upgradableAt(at).tls !== 0) tls.gap(upgradableAt(at).tls, direction, time, length);
}

export function end(at: i32): void {
  if (upgradableAt(at).tls !== 0) tls.end(upgradableAt(at).tls);
  release(at, UPGRADABLE);
}
