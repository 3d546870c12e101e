/** Tree work on an answer before React draws it: heading levels, footnote ids, coloured code. */
import type { Element, Root } from 'hast';
import { toText } from 'hast-util-to-text';
import { visit } from 'unist-util-visit';
import { LONGEST_COLOURED, lowlight } from './languages';

export interface AnswerOptions {
  /** Goes before every id, since two answers stand on one page. */
  prefix: string;
  /** The level of the page's heading above the answer. */
  under: number;
}

export function rehypeAnswer({ prefix, under }: AnswerOptions) {
  return (tree: Root): void => {
    let level = under;
    visit(tree, 'element', (element) => {
      const depth = headingDepth(element);
      if (depth !== null) {
        // An answer may begin at any depth; skipped levels would break the page's outline for a screen reader.
        level = Math.min(under + depth, level + 1, 6);
        element.tagName = `h${level}`;
        element.properties = { ...element.properties, dataDepth: depth };
      }
      if (element.properties.id === 'footnote-label') element.properties.id = `${prefix}footnote-label`;
      if (has(element.properties.ariaDescribedBy, 'footnote-label')) {
        element.properties.ariaDescribedBy = [`${prefix}footnote-label`];
      }
      if (element.tagName === 'code') colour(element);
    });
  };
}

function headingDepth(element: Element): number | null {
  const match = /^h([1-6])$/.exec(element.tagName);
  return match ? Number(match[1]) : null;
}

function colour(code: Element): void {
  const language = languageOf(code);
  if (language === null || !lowlight.registered(language)) return;
  const text = toText(code, { whitespace: 'pre' });
  if (text.length > LONGEST_COLOURED) return;
  code.children = lowlight.highlight(language, text).children as Element['children'];
}

export function languageOf(code: Element): string | null {
  const names = code.properties.className;
  const name = Array.isArray(names) ? names.find((each) => String(each).startsWith('language-')) : undefined;
  return name === undefined ? null : String(name).slice('language-'.length);
}

function has(value: unknown, item: string): boolean {
  return Array.isArray(value) ? value.includes(item) : value === item;
}
