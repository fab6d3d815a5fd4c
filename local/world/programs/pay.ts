import { createServer } from 'node:https';
import { settings } from './settings.ts';

/** A service behind TLS. */
createServer({ ...settings.tls }, (_request, response) => {
  response.writeHead(200, { 'content-type': 'text/plain' }).end('paid\n');
}).listen(443, settings.ip);
