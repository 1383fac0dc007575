// The real binary with generated data, as `salesflow demo` serves it, for the time of the tests.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { drift } from '../scripts/openapi.mjs';

const freePort = () => new Promise<number>((done) => {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const address = server.address();
    server.close(() => done(typeof address === 'object' && address ? address.port : 0));
  });
});

/** With SALESFLOW_TEST_URL and SALESFLOW_TEST_PASSWORD a server that runs already is used, for the edit loop. */
export default async function start() {
  if (process.env.SALESFLOW_TEST_URL) return undefined;
  const binary = process.env.SALESFLOW_BINARY ?? '../build/release/salesflow';
  const folder = mkdtempSync(join(tmpdir(), 'salesflow-web-'));
  const port = await freePort();
  const demo = spawn(binary, ['demo', '--folder', folder, '--port', String(port), '--events', '20000', '--users', '20'], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  const ended = new Promise<never>((_, fail) => { demo.once('exit', (code) => fail(new Error(`salesflow demo ended (${code}):\n${said}`))); });
  ended.catch(() => undefined);
  const ready = new Promise<void>((done) => {
    const hear = (piece: Buffer) => { said += piece.toString(); if (said.includes('Ctrl-C stops everything')) done(); };
    demo.stdout.on('data', hear);
    demo.stderr.on('data', hear);
  });
  const stop = async () => {
    if (demo.exitCode === null) {
      const gone = new Promise((done) => { demo.once('exit', done); });
      demo.kill('SIGTERM');
      await gone;
    }
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await Promise.race([ready, ended]);
    const url = `http://127.0.0.1:${port}`;
    const difference = await drift(url);
    if (difference) throw new Error(difference);
    process.env.SALESFLOW_TEST_URL = url;
    process.env.SALESFLOW_TEST_PASSWORD = readFileSync(join(folder, 'demo-password'), 'utf8').trim();
  } catch (error) {
    await stop();
    throw error;
  }
  return stop;
}
