import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const files = readdirSync('src', { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
  .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
const importsOf = (file: string) => [...readFileSync(file, 'utf8').matchAll(/(?:from|import\()\s*'(\.[^']*)'/g)].map((match) => join(file, '..', match[1]!));
const featureOf = (path: string) => /^src\/features\/(\w+)/.exec(path)?.[1];

test('no feature imports another, and what all share imports no feature', () => {
  for (const file of files) {
    for (const imported of importsOf(file)) {
      if (file.startsWith('src/platform')) expect(featureOf(imported), `${file} imports ${imported}`).toBeUndefined();
      if (featureOf(file)) expect([featureOf(file), undefined], `${file} imports ${imported}`).toContain(featureOf(imported));
      if (!file.startsWith('src/app') && file !== 'src/main.tsx') expect(imported, file).not.toMatch(/^src\/app/);
    }
  }
});

test('no file imports itself round a corner', () => {
  const resolve = (path: string) => ['', '.ts', '.tsx'].map((end) => path + end).find((each) => files.includes(each));
  const edges = new Map(files.map((file) => [file, importsOf(file).map(resolve).filter((each) => each !== undefined)]));
  const done = new Set<string>();
  const walk = (file: string, way: string[]): void => {
    expect(way, [...way, file].join(' → ')).not.toContain(file);
    if (done.has(file)) return;
    for (const next of edges.get(file) ?? []) walk(next, [...way, file]);
    done.add(file);
  };
  for (const file of files) walk(file, []);
});

test('what a file exports is used by another, if only by its test', () => {
  const texts = new Map(files.map((file) => [file, readFileSync(file, 'utf8')]));
  for (const [file, text] of texts) {
    if (file.includes('.test.') || file.endsWith('schema.ts')) continue;
    for (const [, name] of text.matchAll(/^export (?:async )?(?:const|function|class|type|interface) (\w+)/gm)) {
      const isUsed = [...texts].some(([other, inside]) => other !== file && new RegExp(`\\b${name}\\b`).test(inside));
      expect(isUsed, `${name} of ${file}`).toBe(true);
    }
  }
});

test('the server shows the app at the paths that the router knows', () => {
  const router = readFileSync('src/app/router.tsx', 'utf8');
  const known = [...router.matchAll(/getParentRoute: \(\) => (\w+), path: '([^']+)'/g)]
    .map(([, parent, path]) => (path!.startsWith('/') ? path! : `/${parent}/${path}`))
    .map((path) => path.replace(/\$(\w+)/g, (_, name: string) => `{${name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}}`))
    .filter((path) => path !== '/');
  expect(readFileSync('paths.txt', 'utf8').split('\n').filter(Boolean).sort()).toEqual(known.sort());
});

test('the page itself holds no script and no style, and names no other host', () => {
  const page = readFileSync('index.html', 'utf8');
  expect(page).not.toMatch(/<style|style=|https?:\/\/| on\w+=|<script(?![^>]* src=)/);
  for (const file of files.filter((each) => !each.includes('.test.') && !each.endsWith('schema.ts'))) expect(readFileSync(file, 'utf8'), file).not.toMatch(/dangerouslySetInnerHTML|innerHTML|https?:\/\//);
});
