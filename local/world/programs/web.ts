import { createServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { settings } from './settings.ts';

/** An HTTP service whose checkout fails, and a port that resets every connection that sends something. */
const orders = JSON.stringify(
  Array.from({ length: 40 }, (_, id) => ({ id, item: `item-${id}`, price: 9.5 + id })),
);

createServer((request, response) => {
  if (request.url === '/checkout') {
    response.writeHead(503, { 'content-type': 'text/plain' }).end('payment backend unavailable\n');
  } else {
    response.writeHead(200, { 'content-type': 'application/json' }).end(orders);
  }
}).listen(80, settings.ip);

createTcpServer(socket => {
  socket.on('error', () => undefined);
  socket.once('data', () => socket.resetAndDestroy());
}).listen(8081, settings.ip);
