import { latin1, u16 } from '../bytes.ts';
import { parseClientHello, serverName } from './client-hello.ts';
import { type ClientKind, ClientKinds, kindOf } from './client-kinds.ts';

/** What is kept of a ClientHello: connections live long, and a hello is large. */
export interface Offer {
  kind: ClientKind;
  serverName: string | null;
  sessionId: string;
  cut: boolean;
}

const KINDS = { tcp: new ClientKinds('t'), quic: new ClientKinds('q') };

/** The hello at `start`, behind the four bytes of the handshake header; undefined when it is none. */
export function readOffer(
  transport: 'tcp' | 'quic',
  buf: Uint8Array,
  start: number,
  end: number,
): Offer | undefined {
  const kinds = KINDS[transport];
  const kind = kinds.find(buf, start, end);
  if (kind !== undefined) {
    const name = kinds.serverName;
    return {
      kind,
      serverName: name === 0 ? null : serverName(buf, name + 4, name + 4 + u16(buf, name + 2)),
      sessionId: latin1(buf, start + 35, start + 35 + buf[start + 34]!),
      cut: false,
    };
  }
  const hello = parseClientHello(buf, start, end);
  if (hello === undefined) return undefined;
  return {
    kind: kindOf(hello, transport === 'tcp' ? 't' : 'q'),
    serverName: hello.serverName,
    sessionId: hello.sessionId,
    cut: hello.cut,
  };
}
