import { createSocket } from 'node:dgram';
import { settings } from './settings.ts';

/** A name server for the cluster's names: A records, NXDOMAIN for everything else (RFC 1035). */
const HEADER = 12;
const TYPE_A = 1;

const server = createSocket('udp4');
server.on('message', (query, from) => {
  const answer = respond(query);
  if (answer) server.send(answer, from.port, from.address);
});
server.bind(53, settings.ip);

function respond(query: Buffer): Buffer | undefined {
  const question = readQuestion(query);
  if (!question) return undefined;
  const address = settings.names[question.name.toLowerCase()];
  const answers = address && question.type === TYPE_A ? [aRecord(address)] : [];
  const header = Buffer.alloc(HEADER);
  query.copy(header, 0, 0, 2); // id
  header.writeUInt16BE(0x8580 | (address ? 0 : 3), 2); // response, authoritative, recursion wanted and offered
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(answers.length, 6);
  return Buffer.concat([header, query.subarray(HEADER, question.end), ...answers]);
}

function readQuestion(query: Buffer): { name: string; type: number; end: number } | undefined {
  const labels: string[] = [];
  let at = HEADER;
  for (let length = query[at]; length; length = query[at]) {
    if (length > 63) return undefined;
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  if (at + 5 > query.length) return undefined;
  return { name: labels.join('.'), type: query.readUInt16BE(at + 1), end: at + 5 };
}

function aRecord(address: string): Buffer {
  const fixed = Buffer.from('c00c00010001', 'hex'); // the question's name, A, IN
  const ttl = Buffer.from([0, 0, 0, 5]);
  return Buffer.concat([fixed, ttl, Buffer.from([0, 4]), Buffer.from(address.split('.').map(Number))]);
}
