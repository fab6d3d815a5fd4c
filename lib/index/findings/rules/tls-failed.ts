import { endpoint } from '../rows.ts';
import type { Rule } from '../rule.ts';
import { FAILED_HANDSHAKE } from '../signs.ts';
import { Keyed, plural, Sightings, top } from '../tally.ts';

const HIGH = 10;

/** What an alert means to the one who has to mend it. */
const MEANINGS: Readonly<Record<string, string>> = {
  bad_certificate: 'the certificate was not accepted',
  certificate_expired: 'the certificate has expired',
  certificate_unknown: 'the certificate was not accepted',
  certificate_revoked: 'the certificate is revoked',
  certificate_required: 'the client sent no certificate where one is required (mutual TLS)',
  unknown_ca: 'the issuer of the certificate is not trusted',
  handshake_failure: 'no common cipher or parameters',
  protocol_version: 'no common TLS version',
  unrecognized_name: 'the server does not know the name asked for',
  no_application_protocol: 'no common application protocol (ALPN)',
  encrypted_alert: 'the client rejected the server, in most cases its certificate',
};

class Failures extends Sightings {
  host = '';
  port = 0;
  name: string | null = null;
  alert = '';
  readonly clients = new Map<string, number>();
}

/** TLS handshakes that ended in a fatal alert. */
export function tlsFailed(): Rule {
  const failures = new Keyed(() => new Failures());
  return {
    name: 'tls-failed',
    ssl: {
      signs: FAILED_HANDSHAKE,
      see(row) {
        const alert = row.alert!; // or it is no such handshake
        const where = endpoint(row.respHost, row.respPort);
        const seen = failures.get(`${alert} ${where} ${row.serverName ?? ''}`);
        if (!seen) return;
        seen.host = row.respHost;
        seen.port = row.respPort;
        seen.name = row.serverName;
        seen.alert = alert;
        seen.add(row);
        if (seen.clients.size < 100 || seen.clients.has(row.origHost)) {
          seen.clients.set(row.origHost, (seen.clients.get(row.origHost) ?? 0) + 1);
        }
      },
    },
    conclude({ book }) {
      return top(failures.entries(), 10, seen => seen.count).map(([about, seen]) => {
        const server = book.endpoint(seen.host, seen.port);
        const meaning = MEANINGS[seen.alert];
        return {
          about,
          severity: seen.count >= HIGH ? 'high' : 'medium',
          title: `${plural(seen.count, 'TLS handshake')} with ${seen.name === null ? server : `${seen.name} at ${server}`} failed with ${seen.alert}${meaning ? `: ${meaning}` : ''}.`,
          ...seen.facts,
          evidence: {
            server,
            serverName: seen.name,
            alert: seen.alert,
            clients: top(seen.clients, 5, count => count).map(([host, count]) => ({
              client: book.name(host),
              count,
            })),
          },
        };
      });
    },
  };
}
