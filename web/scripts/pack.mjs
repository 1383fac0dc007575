// Compresses what Vite built and writes bundle.bin and bundle.inc, which platform/http/web/embedded_app.cpp takes in.
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const out = process.env.SALESFLOW_WEB_OUT ?? 'out';
const types = {
  '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml', '.png': 'image/png', '.woff2': 'font/woff2', '.webmanifest': 'application/manifest+json',
};
const pieces = [];
let at = 0;
const add = (bytes) => {
  const place = `bytes(${at}, ${bytes.length})`;
  pieces.push(bytes);
  at += bytes.length;
  return place;
};
const lines = readdirSync(join(out, 'dist'), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(join(out, 'dist').length))
  .sort()
  .map((path) => {
    const bytes = readFileSync(join(out, 'dist', path));
    const type = types[extname(path)];
    if (!type) throw new Error(`${path}: of which Content-Type?`);
    if (path !== '/index.html' && !path.startsWith('/assets/')) throw new Error(`${path}: its name has no hash`);
    const etag = createHash('sha256').update(bytes).digest('hex').slice(0, 16);
    const gzip = gzipSync(bytes, { level: 9 });
    const brotli = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } });
    const smaller = brotli.length < gzip.length ? add(brotli) : '""';
    return `    {"${path}", "${type}", "\\"${etag}\\"", ${add(gzip)}, ${smaller}},`;
  });
const paths = readFileSync(new URL('../paths.txt', import.meta.url), 'utf8').split('\n').filter(Boolean);
writeFileSync(join(out, 'bundle.bin'), Buffer.concat(pieces));
writeFileSync(join(out, 'bundle.inc'),
  `// Made by web/scripts/pack.mjs.\nstatic const WebFile files[] = {\n${lines.join('\n')}\n};\n`
  + `static constexpr std::string_view paths[] = {${paths.map((path) => `"${path}"`).join(', ')}};\n`);
