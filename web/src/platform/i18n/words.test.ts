import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { de } from './de';
import { en } from './en';

const keysOf = (value: object, before = ''): string[] =>
  Object.entries(value).flatMap(([key, inner]) => (typeof inner === 'string' ? [before + key] : keysOf(inner as object, `${before}${key}.`)));
const valueOf = (words: object, key: string) => key.split('.').reduce<unknown>((at, part) => (at as Record<string, unknown>)[part], words) as string;
const placeholders = (text: string) => (text.match(/\{\{\w+\}\}/g) ?? []).sort();

test('German and English have the same keys, none empty', () => {
  expect(keysOf(de)).toEqual(keysOf(en));
  for (const key of keysOf(en)) {
    expect(valueOf(en, key), key).not.toBe('');
    expect(valueOf(de, key), key).not.toBe('');
  }
});

test('a translation speaks of the same figures and names', () => {
  for (const key of keysOf(en)) expect(placeholders(valueOf(de, key)), key).toEqual(placeholders(valueOf(en, key)));
});

test('every key is used by some screen', () => {
  const sources = readdirSync('src', { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name) && !/[/]i18n$/.test(entry.parentPath ?? entry.path))
    .map((entry) => readFileSync(join(entry.parentPath ?? entry.path, entry.name), 'utf8')).join('\n');
  const built = [...sources.matchAll(/`(\w+\.)\$\{/g)].map((match) => match[1]!);
  const unused = keysOf(en).map((key) => key.replace(/_(one|other)$/, ''))
    .filter((key) => !sources.includes(`'${key}'`) && !built.some((prefix) => key.startsWith(prefix)));
  expect(unused).toEqual([]);
});
