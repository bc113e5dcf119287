import tseslint from 'typescript-eslint';
import prettier from 'eslint-config-prettier';

const byName = {
  selector: 'ExportAllDeclaration',
  message: 'Export by name: a reader sees what a folder offers.',
};

export default tseslint.config(
  {
    ignores: [
      'api/',
      'dist/',
      'coverage/',
      'runs/',
      'node_modules/',
      'scripts/',
      'eslint.config.js',
      'bench/tfjs-core-suite/compiling.mjs',
      '.dependency-cruiser.cjs',
    ],
  },
  ...tseslint.configs.recommendedTypeChecked,
  prettier,
  {
    // One program for all files: a third faster here than `projectService`, which opens them one by one.
    languageOptions: { parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/unbound-method': 'off',
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      'no-restricted-syntax': ['error', byName],
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-unused-expressions': 'off',
      'no-restricted-syntax': [
        'error',
        byName,
        {
          selector: 'Program > ExpressionStatement > CallExpression[callee.name=/^(before|after)(Each)?$/]',
          message: 'Inside of a describe: hooks outside are those of every file in the process.',
        },
      ],
    },
  },
  {
    // explain and augment also run in a browser: no Node there, but where files are explained.
    files: ['src/explain/**/*.ts', 'src/augment/**/*.ts'],
    ignores: ['src/explain/folder/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ group: ['node:*', 'sharp', '@tensorflow/tfjs-node*'] }] },
      ],
    },
  },
);
