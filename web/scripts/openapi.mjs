// The part of the server's /openapi.json that this app calls, as api/openapi.json; src/platform/api/schema.ts is made of
// it by `npm run types`.
//   node scripts/openapi.mjs URL check         fails where the server describes these paths otherwise
//   node scripts/openapi.mjs URL update [PATH…] takes the server's word for them, and for more paths
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const file = fileURLToPath(new URL('../api/openapi.json', import.meta.url));

/** The named paths of `document`, with every schema and answer that they speak of. */
export function partOf(document, paths) {
  const part = { openapi: document.openapi, info: { title: document.info.title, version: document.info.version }, paths: {}, components: {} };
  const take = (value) => {
    if (Array.isArray(value)) return value.forEach(take);
    if (value === null || typeof value !== 'object') return;
    if (typeof value.$ref === 'string') {
      const [, , kind, name] = value.$ref.split('/');
      part.components[kind] ??= {};
      if (!(name in part.components[kind])) {
        part.components[kind][name] = document.components[kind][name];
        take(document.components[kind][name]);
      }
    }
    Object.values(value).forEach(take);
  };
  for (const path of [...paths].sort()) {
    if (!(path in document.paths)) throw new Error(`The server has no ${path}`);
    part.paths[path] = document.paths[path];
    take(document.paths[path]);
  }
  for (const [kind, named] of Object.entries(part.components))
    part.components[kind] = Object.fromEntries(Object.entries(named).sort(([a], [b]) => (a < b ? -1 : 1)));
  return part;
}

const known = () => Object.keys(JSON.parse(readFileSync(file, 'utf8')).paths);
export const textOf = (document, paths) => JSON.stringify(partOf(document, paths), null, 1) + '\n';

/** Whether the snapshot says what the server says; a sentence when it does not. */
export async function drift(url) {
  const text = textOf(await (await fetch(`${url}/openapi.json`)).json(), known());
  if (text === readFileSync(file, 'utf8')) return null;
  const now = text.split('\n'), kept = readFileSync(file, 'utf8').split('\n');
  const at = now.findIndex((line, i) => line !== kept[i]);
  return `web/api/openapi.json differs from the server's from line ${at + 1}: "${kept[at]}" there, "${now[at]}" now.\n`
    + 'Run: node scripts/openapi.mjs URL update && npm run types, and mend what no longer type-checks.';
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [url, what, ...more] = process.argv.slice(2);
  if (what === 'update') {
    let paths = more;
    try { paths = [...known(), ...more]; } catch { /* the first time */ }
    writeFileSync(file, textOf(await (await fetch(`${url}/openapi.json`)).json(), new Set(paths)));
  } else {
    const difference = await drift(url);
    if (difference) { console.error(difference); process.exit(1); }
  }
}
