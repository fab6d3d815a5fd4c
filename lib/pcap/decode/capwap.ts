/** What an access point and its controller exchange (RFC 5415, section 4.3): frames of its clients. */
import type { Packet } from '../packet.ts';
import { decodeEthernet } from './ethernet.ts';
import { decodeSwappedWireless, decodeWireless, isDataFrame } from './wireless.ts';

const NATIVE = 0x100; // the frame is one of the radio, not of Ethernet
const FRAGMENT = 0x80;
const KEEP_ALIVE = 0x08;
const IEEE_802_11 = 1;

export function decodeCapwap(packet: Packet, at: number): boolean {
  const bytes = packet.bytes;
  // Version 0, type 0: DTLS is type 1.
  if (packet.end - at < 8 || bytes[at] !== 0) return false;
  const fields = (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
  const length = (fields >> 19) << 2;
  if (length < 8 || (fields & (FRAGMENT | KEEP_ALIVE)) !== 0) return false;
  const frame = at + length;
  if ((fields & NATIVE) === 0) return decodeEthernet(packet, frame);
  if (((fields >> 9) & 0x1f) !== IEEE_802_11 || packet.end - frame < 2) return false;
  // Cisco's access points send the frame control in the other byte order.
  const isSwapped = !isDataFrame(bytes[frame]!) && isDataFrame(bytes[frame + 1]!);
  return isSwapped ? decodeSwappedWireless(packet, frame) : decodeWireless(packet, frame);
}
