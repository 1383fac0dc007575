// Stands in for Supabase and for the service that was there before: says what reached it, upgrades to WebSocket, streams.
// usage: node stand_in.mjs NAME PORT [CERTIFICATE KEY]
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { readFileSync } from 'node:fs';
import { WebSocketServer } from 'ws';

const [name, port, certificate, key] = process.argv.slice(2);
const streams = new Set(); // event streams that wait for their second event
let bytesOfOpenBody = 0; // of a request whose body has not ended yet
let broken = 0; // requests whose connection was cut instead of an answer

function describe(request, body) {
  return {
    service: name,
    method: request.method,
    url: request.url,
    headers: request.headers,
    server_name: request.socket.servername ?? null, // SNI
    body,
  };
}

function answer(response, status, value, headers = {}) {
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
  response.end(JSON.stringify(value));
}

const user = { id: '0190a2f4-0000-7000-8000-000000000001', aud: 'authenticated', email: 'anna@example.com', app_metadata: {}, user_metadata: {}, created_at: '2026-01-01T00:00:00Z' };

function respond(request, response, body) {
  response.setHeader('X-Service', name);
  const url = new URL(request.url, 'http://x');
  if (url.pathname.endsWith('/seen')) return answer(response, 200, { bytesOfOpenBody, broken });
  if (url.pathname.endsWith('/go-on')) {
    for (const stream of streams) stream.end('data: second\n\n');
    streams.clear();
    return answer(response, 200, {});
  }
  if (url.pathname.endsWith('/stream')) {
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache' });
    response.write('data: first\n\n');
    streams.add(response);
    return;
  }
  if (url.pathname.endsWith('/moved/')) return answer(response, 307, {}, { Location: `http${certificate ? 's' : ''}://${request.headers.host}/api/moved` });
  if (url.pathname.endsWith('/broken')) {
    broken += 1;
    return request.socket.destroy();
  }
  if (url.pathname === '/rest/v1/leads' && request.method === 'GET') return answer(response, 200, [{ id: 1, name: 'Eva', seen: describe(request) }]);
  if (url.pathname === '/rest/v1/leads' && request.method === 'HEAD') return response.writeHead(200, { 'Content-Range': '0-0/17' }).end();
  if (url.pathname === '/rest/v1/leads' && request.method === 'POST') return answer(response, 201, [{ id: 2, ...JSON.parse(body || '{}') }]);
  if (url.pathname === '/auth/v1/token') {
    const { email, password } = JSON.parse(body || '{}');
    if (password !== 'correct horse') return answer(response, 400, { code: 400, error_code: 'invalid_credentials', msg: 'Invalid login credentials' });
    return answer(response, 200, { access_token: 'a.b.c', refresh_token: 'r', token_type: 'bearer', expires_in: 3600, user: { ...user, email } });
  }
  answer(response, 200, describe(request, body));
}

function serve(request, response) {
  let body = '';
  request.on('data', (piece) => {
    body += piece;
    bytesOfOpenBody = body.length;
  });
  request.on('end', () => {
    if (body) bytesOfOpenBody = 0;
    respond(request, response, body);
  });
}

const server = certificate
  ? createTlsServer({ cert: readFileSync(certificate), key: readFileSync(key) }, serve)
  : createServer(serve);

const sockets = new WebSocketServer({ noServer: true });
server.on('upgrade', (request, socket, head) => {
  sockets.handleUpgrade(request, socket, head, (connection) => {
    connection.on('message', (data) => {
      const text = data.toString();
      if (!request.url.startsWith('/realtime/v1/')) return connection.send(JSON.stringify({ ...describe(request), text }));
      // As Phoenix answers: joined, and alive.
      const message = JSON.parse(text);
      const reply = (event, payload) => connection.send(JSON.stringify({ topic: message.topic, event, ref: message.ref, payload }));
      if (message.event === 'broadcast') connection.send(JSON.stringify({ topic: message.topic, event: 'broadcast', ref: null, payload: message.payload }));
      else reply('phx_reply', { status: 'ok', response: {} });
    });
  });
});
server.keepAliveTimeout = 5000;
server.listen(Number(port), '127.0.0.1');
