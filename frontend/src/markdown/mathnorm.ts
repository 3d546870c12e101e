/**
 * Models write maths as `\( \)`, `\[ \]`, `$ $` and `$$ $$`, and prices as `$5`. remark-math knows the dollar forms
 * only and takes any two dollars for a formula. This turns the bracket forms into dollars and escapes dollars that
 * cannot be a formula by Pandoc's rule: the opening one has no space after it, the closing one no space before it and
 * no digit after it. Code is left alone. All lengths are bounded, so that hostile text cannot stall the page.
 */
const FENCED = /(?:^|\n) {0,3}(?<fence>`{3,}|~{3,})[^\n]*\n[\s\S]*?(?:\n {0,3}\k<fence>[^\n]*(?=\n|$)|$)/;
const INDENTED = /(?<=(?:^|\n)[^\s\-*+\d>][^\n]*\n[ \t]*\n)(?:(?: {4}|\t)[^\n]*(?:\n|$))+/;
const SPAN = /(?<!`)(?<ticks>`+)(?!`)[\s\S]{0,4000}?[^`]\k<ticks>(?!`)/;
const CODE = new RegExp(`${FENCED.source}|${INDENTED.source}|${SPAN.source}`, 'g');

const BRACKET_DISPLAY = /(?<!\\)\\\[([\s\S]{1,4000}?)(?<!\\)\\\]/g;
const BRACKET_INLINE = /(?<!\\)\\\(([\s\S]{1,2000}?)(?<!\\)\\\)/g;
const FORMULA = /(?<!\\)\$\$[\s\S]{1,4000}?\$\$|(?<![\\$])\$(?![\s$])(?:[^$\n]|\n(?!\n)){0,2000}?(?<![\s\\])\$(?![\d$])/g;

/** Private-use characters that stand for a piece of code while the text around it is worked on. */
const [OPEN, CLOSE] = ['\uE000', '\uE001'];

export function normalizeMath(source: string): string {
  const code: string[] = [];
  const masked = source
    .replace(/[\uE000\uE001]/g, '')
    .replace(CODE, (piece) => `${OPEN}${code.push(piece) - 1}${CLOSE}`);
  const bracketed = masked
    .replace(BRACKET_DISPLAY, (_, tex: string, at: number, text: string) => display(tex, lineStart(text, at)))
    .replace(BRACKET_INLINE, (_, tex: string) => `$${tex.trim()}$`);
  return escapePrices(bracketed).replace(/\uE000(\d+)\uE001/g, (_, index: string) => code[Number(index)] ?? '');
}

/** Display maths must stand on lines of its own, or remark-math reads it as inline. */
function display(tex: string, start: string): string {
  const lines = ['', '$$', ...tex.trim().split('\n').map((line) => line.replace(/^[\s>]+/, '')), '$$', ''];
  return lines.map((line) => `\n${start}${line}`).join('') + `\n${start}`;
}

/** What a new line needs in front to stay in the list item or quotation that `at` is in. */
function lineStart(text: string, at: number): string {
  const line = text.slice(text.lastIndexOf('\n', at - 1) + 1, at);
  const [, outer = '', marker = ''] = /^([ \t>]*)((?:[-*+]|\d{1,9}[.)])[ \t]+)?/.exec(line) ?? [];
  return outer + ' '.repeat(marker.length);
}

function escapePrices(text: string): string {
  let out = '';
  let last = 0;
  for (const match of text.matchAll(FORMULA)) {
    out += escapeDollars(text.slice(last, match.index)) + ownLine(match[0], text, match.index);
    last = match.index + match[0].length;
  }
  return out + escapeDollars(text.slice(last));
}

/** `$$x$$` on one line is display maths to the people who write it. */
function ownLine(formula: string, text: string, at: number): string {
  const oneLine = formula.startsWith('$$') && !formula.includes('\n');
  return oneLine ? display(formula.slice(2, -2), lineStart(text, at)) : formula;
}

function escapeDollars(text: string): string {
  return text.replace(/(?<!\\)\$/g, '\\$');
}
