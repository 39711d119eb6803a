// What the linter holds a change against. Types are part of the check, so promises and unsafe values are seen.

import tseslint from 'typescript-eslint';

/** `test()` and its kin give promises which the runner itself awaits. */
const runnerCalls = { from: 'package', name: ['test', 'it', 'describe', 'suite'], package: 'node:test' };

export default tseslint.config(
  { ignores: ['node_modules/', '.quittance/', 'coverage/', 'tests/histories/', 'docs/'] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': ['error', { allowForKnownSafeCalls: [runnerCalls] }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      // Double negation and void arrows are house style; a needless one is for the reviewer, not for the build.
      '@typescript-eslint/no-confusing-void-expression': 'off',
      eqeqeq: 'error',
      'no-console': ['error', { allow: ['error'] }],
    },
  },
  {
    // The command and the benchmark talk to a person.
    files: ['src/cli/**', 'bench/**', 'tests/**', 'bin/**'],
    rules: { 'no-console': 'off' },
  },
  {
    // Tests take what a builder gives apart; nothing of it uses `this`.
    files: ['tests/**', 'bench/**'],
    rules: { '@typescript-eslint/unbound-method': 'off', '@typescript-eslint/no-unnecessary-condition': 'off' },
  },
  {
    // A workflow is replayed, maybe years later on another machine: what it does may depend on its history alone.
    // Date.now and Math.random are replaced by the sandbox and may be used.
    files: ['src/workflows/**'],
    rules: {
      'no-restricted-globals': [
        'error',
        { name: 'process', message: 'A workflow knows no process: pass what it needs as input or ask an activity.' },
        { name: 'Intl', message: 'Intl depends on the host: let an activity format and compare.' },
        { name: 'fetch', message: 'A workflow does no input or output: use an activity.' },
        { name: 'Buffer', message: 'A workflow has no Buffer.' },
      ],
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            { group: ['node:*'], message: 'A workflow uses nothing of Node: use an activity.' },
            { group: ['zod', 'pg', 'kysely', 'date-holidays', 'express'], message: 'Not in the workflow bundle.' },
          ],
        },
      ],
      'no-restricted-syntax': [
        'error',
        {
          selector: 'CallExpression[callee.property.name=/^(toLocale.*|get(Hours|Day|Date|Month|FullYear|Minutes))$/]',
          message: 'This depends on the host: use UTC or let an activity do it.',
        },
        {
          selector: 'ThrowStatement > NewExpression[callee.name="Error"]',
          message: 'A plain Error blocks the workflow for ever: throw ApplicationFailure.',
        },
      ],
    },
  },
  { files: ['**/*.js', '**/*.cjs'], ...tseslint.configs.disableTypeChecked },
);
