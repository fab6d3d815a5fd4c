/** What the states of the two ends of a TCP connection amount to, as Zeek's base/protocols/conn decides it. */
import { PROTOCOL_TCP, PROTOCOL_UDP } from '../../../../pcap/protocols';
import * as row from '../../../engine/row';

// Numbers of CONN_STATES (engine/conn-rows.ts).
const S0: i32 = 0;
const S1: i32 = 1;
const SF: i32 = 2;
const REJ: i32 = 3;
const S2: i32 = 4;
const S3: i32 = 5;
const RSTO: i32 = 6;
const RSTR: i32 = 7;
const RSTOS0: i32 = 8;
const RSTRH: i32 = 9;
const SH: i32 = 10;
const SHR: i32 = 11;
const OTH: i32 = 12;

/** Of the flow in a record; `bytes` is what both ends sent. */
export function stateOf(record: i32, bytes: f64): i32 {
  const protocol = integer(record, row.KIND) & 255;
  const orig = row.INTEGERS_OF_DIRECTION;
  const resp = orig + row.DIRECTION_INTEGERS;
  if (protocol === PROTOCOL_UDP) {
    const hasAnswer = integer(record, resp + row.PACKETS) > 0;
    if (integer(record, orig + row.PACKETS) > 0) return hasAnswer ? SF : S0;
    return hasAnswer ? SHR : OTH;
  }
  if (protocol !== PROTOCOL_TCP) return OTH;
  const own = integer(record, orig + row.STATE) & 15;
  const peer = integer(record, resp + row.STATE) & 15;
  const origIsSilent = own === row.INACTIVE || own === row.PARTIAL;
  const respIsSilent = peer === row.INACTIVE || peer === row.PARTIAL;
  if (peer === row.RESET) {
    if (own === row.SYN_SENT || own === row.SYN_ACK_SENT || (own === row.RESET && bytes === 0)) return REJ;
    return origIsSilent ? RSTRH : RSTR;
  }
  if (own === row.RESET) {
    if (!respIsSilent) return RSTO;
    return isSynTakenBack(record) ? RSTOS0 : OTH;
  }
  if (peer === row.CLOSED && own === row.CLOSED) return SF;
  if (own === row.CLOSED) return respIsSilent ? SH : S2;
  if (peer === row.CLOSED) return origIsSilent ? SHR : S3;
  if (own === row.SYN_SENT && peer === row.INACTIVE) return S0;
  return own === row.ESTABLISHED && peer === row.ESTABLISHED ? S1 : OTH;
}

function integer(record: i32, field: i32): i32 {
  return load<i32>(record + (field << 2));
}

/** A SYN, then a RST, and nothing of the responder (Zeek's scripts/base/protocols/conn/main.zeek: /^\^?S[^HAFGIQ]*R/). */
function isSynTakenBack(record: i32): bool {
  const length = integer(record, row.HISTORY_LENGTH);
  let at = length > 0 && letter(record, 0) >> 1 === row.HISTORY_FLIPPED ? 1 : 0;
  if (at >= length || letter(record, at) !== row.HISTORY_SYN << 1) return false;
  for (at++; at < length; at++) {
    const code = letter(record, at);
    if (code === row.HISTORY_RST << 1) return true;
    if (isOfOpenConnection(code)) return false;
  }
  return false;
}

/** One of the originator's letters H, A, F, G, I and Q. */
function isOfOpenConnection(code: i32): bool {
  return (
    code === row.HISTORY_SYN_ACK << 1 ||
    code === row.HISTORY_ACK << 1 ||
    code === row.HISTORY_FIN << 1 ||
    code === row.HISTORY_GAP << 1 ||
    code === row.HISTORY_FIN_RST << 1 ||
    code === row.HISTORY_ODD_FLAGS << 1
  );
}

/** A letter times two, and one more for those of the responder. */
function letter(record: i32, at: i32): i32 {
  const word = integer(record, row.HISTORY + at / row.HISTORY_LETTERS_PER_WORD);
  return (word >> (row.HISTORY_LETTER_BITS * (at % row.HISTORY_LETTERS_PER_WORD))) & 31;
}
