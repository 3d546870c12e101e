import { describe, expect, test } from 'vitest';
import { normalizeMath } from './mathnorm';

describe('normalizeMath', () => {
  test.each([
    ['Euler: \\(e^{i\\pi}\\).', 'Euler: $e^{i\\pi}$.'],
    ['It costs $5 or $10.', 'It costs \\$5 or \\$10.'],
    ['$x$ and $y$', '$x$ and $y$'],
    ['$ not maths $', '\\$ not maths \\$'],
    ['US$3 and US$4', 'US\\$3 and US\\$4'],
    ['one $ only', 'one \\$ only'],
    ['already \\$5', 'already \\$5'],
    ['escaped \\\\(x\\\\)', 'escaped \\\\(x\\\\)'],
  ])('%j', (source, expected) => {
    expect(normalizeMath(source)).toBe(expected);
  });

  test.each(['`$x$ \\(y\\)`', '```\n$5 \\[x\\]\n```', '~~~sh\necho $HOME $PATH\n~~~', 'Run:\n\n    echo $HOME $PATH\n', '``a ` $5``', '```\nnever closed $5 \\(x\\)'])(
    'leaves code alone: %j',
    (source) => {
      expect(normalizeMath(source)).toBe(source);
    },
  );

  test('display maths gets lines of its own, also inside a list and a quotation', () => {
    expect(normalizeMath('So \\[x\\] holds')).toBe('So \n\n$$\nx\n$$\n\n holds');
    expect(normalizeMath('$$x$$')).toBe('\n\n$$\nx\n$$\n\n');
    expect(normalizeMath('- a \\[x\\]')).toContain('\n  $$\n  x\n  $$');
    expect(normalizeMath('> \\[x\\]')).toContain('\n> $$\n> x\n> $$');
  });

  test('hostile lengths cost little', () => {
    const start = performance.now();
    for (const source of ['\\['.repeat(20_000), '$a'.repeat(20_000), '`a'.repeat(20_000), '\\('.repeat(20_000), '$'.repeat(40_000)]) normalizeMath(source);
    expect(performance.now() - start).toBeLessThan(5_000);
  });
});
