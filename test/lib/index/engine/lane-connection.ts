import fc from 'fast-check';
import type { Frame } from './lane-frames.ts';

export interface Step {
  fromServer: boolean;
  payload: number;
  /** What is odd about the segment. */
  kind: string;
  pause: number;
}

export const NEXT = ['next', 'next', 'next', 'next', 'next', 'next'];

export const ODD = ['again', 'ahead', 'one byte', 'no ack', 'old ack', 'ack ahead', 'window 0', 'window'];

export const RARE = [
  'ttl',
  'cut',
  'cut in header',
  'fin',
  'rst',
  'syn',
  'options',
  'fragment',
  'back in time',
  'urgent',
];

export const steps = fc.array(
  fc.record<Step>({
    fromServer: fc.boolean(),
    payload: fc.oneof(fc.constant(0), fc.constant(1), fc.integer({ min: 2, max: 1400 })),
    kind: fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom(...NEXT) },
      { weight: 3, arbitrary: fc.constantFrom(...ODD) },
      { weight: 1, arbitrary: fc.constantFrom(...RARE) },
    ),
    pause: fc.oneof(
      { weight: 40, arbitrary: fc.integer({ min: 0, max: 30_000 }) },
      { weight: 1, arbitrary: fc.constantFrom(4_000_000, 6_000_000, 301_000_000) },
    ),
  }),
  { maxLength: 60 },
);

/** A connection over Ethernet in which nearly everything goes its way, and some things do not. */
export class Connection {
  readonly frames: Frame[] = [];
  readonly #next: [number, number];
  readonly #acknowledged: [number, number];
  #time = 0;

  constructor(client: number, server: number) {
    this.#next = [client, server];
    this.#acknowledged = [client, server];
    this.#send(0, 0x02, 0, 0, 64);
    this.#advance(0, 1);
    this.#time += 2000;
    this.#send(1, 0x12, 0, 0, 64);
    this.#advance(1, 1);
    this.#time += 2000;
    this.#send(0, 0x10, 0, 0, 64);
  }

  take({ fromServer, payload, kind, pause }: Step): void {
    const from = fromServer ? 1 : 0;
    this.#time += pause;
    if (kind === 'back in time') this.#time = Math.max(0, this.#time - 50_000);
    const length = kind === 'one byte' ? 1 : payload;
    const shift = kind === 'again' ? -Math.max(1, length) : kind === 'ahead' ? 1000 : 0;
    const flags = { fin: 0x11, rst: 0x14, syn: 0x02, 'no ack': 0x00, urgent: 0x38 }[kind] ?? 0x18;
    this.#send(from, flags, length, shift, kind === 'ttl' ? 61 + (payload % 7) : 64, kind);
    if (shift === 0) this.#advance(from, length + (kind === 'fin' ? 1 : 0));
  }

  #advance(from: 0 | 1, by: number): void {
    this.#next[from] = (this.#next[from] + by) >>> 0;
  }

  #send(from: 0 | 1, flags: number, length: number, shift: number, ttl: number, kind = 'next'): void {
    const peer = from === 0 ? 1 : 0;
    if (kind !== 'old ack') this.#acknowledged[from] = this.#next[peer];
    const acknowledgement = this.#acknowledged[from] + (kind === 'ack ahead' ? 5000 : 0);
    const options = kind === 'options' ? 4 : 0;
    const bytes = Buffer.alloc(14 + 20 + options + 20 + length);
    bytes.writeUInt16BE(0x0800, 12);
    bytes[14] = 0x45 + options / 4;
    bytes.writeUInt16BE(bytes.length - 14, 16);
    bytes.writeUInt16BE(this.frames.length, 18);
    if (kind === 'fragment') bytes.writeUInt16BE(0x2000, 20);
    bytes[22] = ttl;
    bytes[23] = 6;
    bytes.set(from === 0 ? [10, 0, 0, 1, 10, 0, 0, 2] : [10, 0, 0, 2, 10, 0, 0, 1], 26);
    const tcp = 34 + options;
    bytes.writeUInt16BE(from === 0 ? 4000 : 80, tcp);
    bytes.writeUInt16BE(from === 0 ? 80 : 4000, tcp + 2);
    bytes.writeUInt32BE((this.#next[from] + shift) >>> 0, tcp + 4);
    bytes.writeUInt32BE(acknowledgement >>> 0, tcp + 8);
    bytes[tcp + 12] = 0x50;
    bytes[tcp + 13] = flags;
    const window = kind === 'window 0' ? 0 : kind === 'window' ? 2000 + length : 1000;
    bytes.writeUInt16BE(window, tcp + 14);
    bytes.write('GET /a HTTP/1.1\r\nHost: a\r\n\r\n'.slice(0, length), tcp + 20);
    const captured = kind === 'cut' ? tcp + 20 + (length >> 1) : kind === 'cut in header' ? 44 : bytes.length;
    this.frames.push({ time: this.#time, bytes: bytes.subarray(0, captured), wire: bytes.length });
  }
}

export const client = (payload: number, kind = 'next', pause = 1000): Step => ({
  fromServer: false,
  payload,
  kind,
  pause,
});

export const server = (payload: number, kind = 'next', pause = 1000): Step => ({
  fromServer: true,
  payload,
  kind,
  pause,
});

export function framesOfSteps(...list: Step[]): Frame[] {
  const connection = new Connection(1000, 2000);
  for (const step of list) connection.take(step);
  return connection.frames;
}
