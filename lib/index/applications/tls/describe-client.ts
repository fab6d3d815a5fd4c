import type { Kernel } from '../../kernel/kernel.ts';
import { CLIENT_AT } from '../../kernel/layout.ts';
import { type ClientHello, parseClientHello } from './client-hello.ts';
import { isGrease } from './constants.ts';
import { ja4 } from './ja4.ts';

const EARLY_DATA = 42;
const INTEGERS = 7;

/** Puts what a ClientHello shows where the kernel looks for it (see Host.describeClient). */
export function describeClient(kernel: Kernel, isQuic: boolean, start: number, end: number): boolean {
  const hello = parseClientHello(kernel.bytes, start, end);
  if (hello === undefined) return false;
  const fingerprint = hello.cut ? undefined : ja4(hello, isQuic ? 'q' : 't');
  const texts = [fingerprint, hello.protocols[0], hello.serverName ?? undefined].map(text =>
    text === undefined ? undefined : Buffer.from(text),
  );
  const session = Buffer.from(hello.sessionId, 'latin1');
  const lengths = texts.map(text => text?.length ?? -1);
  const isEarly = hello.extensions.includes(EARLY_DATA);
  kernel
    .integersAt(CLIENT_AT, INTEGERS)
    .set([
      offered(hello),
      isEarly ? 1 : 0,
      lengths[0]!,
      lengths[1]!,
      hello.cut ? 1 : 0,
      lengths[2]!,
      session.length,
    ]);
  let to = CLIENT_AT + 4 * INTEGERS;
  for (const text of [...texts, session]) {
    if (text === undefined) continue;
    kernel.bytes.set(text, to);
    to += text.length;
  }
  return true;
}

/** The highest version; -1 where the capture does not show it. */
function offered(client: ClientHello): number {
  const versions = client.versions.filter(version => !isGrease(version));
  if (versions.length > 0) return Math.max(...versions);
  return client.cut ? -1 : client.version;
}
