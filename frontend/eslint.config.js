import jsxA11y from 'eslint-plugin-jsx-a11y';
import reactHooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

const SINKS = ['innerHTML', 'outerHTML', 'insertAdjacentHTML', 'dangerouslySetInnerHTML'];

export default tseslint.config(
  { ignores: ['src/api/schema.d.ts'] },
  tseslint.configs.recommended,
  {
    files: ['src/**/*.{ts,tsx}'],
    extends: [reactHooks.configs.flat.recommended, jsxA11y.flatConfigs.strict],
    rules: {
      'max-lines': ['error', 250],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true, argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // Answers are hostile text: nothing on this page may turn a string into markup.
      'no-restricted-syntax': [
        'error',
        ...SINKS.map((name) => ({ selector: `:matches(Identifier, JSXIdentifier)[name="${name}"]`, message: 'No HTML sinks.' })),
      ],
      // A scrolling region must take the focus, or the keyboard cannot scroll it.
      'jsx-a11y/no-noninteractive-tabindex': ['error', { tags: [], roles: ['tabpanel', 'region', 'group'], allowExpressionValues: true }],
    },
  },
  { files: ['e2e/**/*.mjs'], rules: { 'max-lines': ['error', 250] } },
);
