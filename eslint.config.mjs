import path from 'node:path';
import { fileURLToPath } from 'node:url';
import js from '@eslint/js';
import tseslint from 'typescript-eslint';

const root = path.dirname(fileURLToPath(import.meta.url));

/** What works without an editor. */
const CORE = [
  'protocol',
  'portuguese',
  'project',
  'dataset',
  'checks',
  'runtime',
  'evaluation',
  'adapter',
  'cluster',
  'jobs',
];

/**
 * What each room under src/ may import, besides itself. The order is the data flow: a room knows only
 * rooms above it here. `vscode` is for the rooms listed in VSCODE_ROOMS alone.
 */
const ROOMS = {
  protocol: [],
  portuguese: [],
  project: ['protocol', 'portuguese'],
  dataset: ['protocol'],
  checks: ['protocol', 'portuguese', 'project', 'dataset'],
  runtime: ['protocol', 'project'],
  evaluation: ['protocol', 'portuguese', 'project', 'dataset', 'checks', 'runtime'],
  adapter: ['protocol', 'runtime'],
  cluster: ['protocol', 'project'],
  jobs: ['protocol', 'project', 'dataset', 'checks', 'runtime', 'evaluation', 'adapter', 'cluster'],
  cli: CORE,
  features: CORE,
};
const VSCODE_ROOMS = new Set(['features', 'extension.ts']);

/** The first path segment under `base`, or undefined when `file` is elsewhere. */
function segmentUnder(base, file) {
  const relative = path.relative(path.join(root, base), file);
  return relative.startsWith('..') ? undefined : relative.split(path.sep)[0];
}

const roomRule = {
  meta: { type: 'problem', schema: [], messages: { room: '{{text}}' } },
  create(context) {
    const file = context.filename;
    const room = segmentUnder('src', file);
    const inWebview = segmentUnder('webview', file) !== undefined;
    const check = (node) => {
      const specifier = node.source?.value;
      if (typeof specifier !== 'string') return;
      const report = (text) => context.report({ node, messageId: 'room', data: { text } });
      if (specifier === 'vscode') {
        if (inWebview || (room !== undefined && !VSCODE_ROOMS.has(room))) {
          report('only src/features/ and src/extension.ts may import vscode');
        }
        return;
      }
      if (inWebview && specifier.startsWith('node:')) {
        report('webview/ runs in a browser: no Node modules');
        return;
      }
      if (!specifier.startsWith('.')) return;
      const target = path.resolve(path.dirname(file), specifier);
      const targetRoom = segmentUnder('src', target);
      if (inWebview) {
        if (targetRoom !== undefined && targetRoom !== 'protocol') {
          report('webview/ may import nothing from src/ but src/protocol');
        }
        return;
      }
      if (room === undefined) return;
      if (segmentUnder('webview', target) !== undefined) report('src/ may not import webview/');
      const allowed = ROOMS[room];
      if (allowed === undefined || targetRoom === undefined || targetRoom === room) return;
      if (!allowed.includes(targetRoom)) report(`src/${room}/ may not import src/${targetRoom}/`);
    };
    return {
      ImportDeclaration: check,
      ImportExpression: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
    };
  },
};

export default tseslint.config(
  { ignores: ['dist/', 'out/', '.lab/', '.afina/', 'media/', '**/node_modules/'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: { project: ['./tsconfig.json', './webview/tsconfig.json'], tsconfigRootDir: root },
    },
    plugins: { afina: { rules: { rooms: roomRule } } },
    rules: {
      'afina/rooms': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: true }],
      // vscode.Disposable is a class, and its API takes and gives objects that only have its shape.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      'max-lines': ['error', { max: 450, skipBlankLines: true, skipComments: true }],
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportDefaultDeclaration', message: 'Name every export.' },
      ],
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unused-expressions': 'off',
    },
  },
  {
    files: ['**/*.mjs'],
    languageOptions: {
      globals: Object.fromEntries(
        [
          'process',
          'console',
          'URL',
          'Buffer',
          'setTimeout',
          'clearTimeout',
          'setInterval',
          'clearInterval',
          'fetch',
          'AbortController',
          'AbortSignal',
          'setImmediate',
          'TextDecoder',
          'TextEncoder',
          'URLSearchParams',
          'performance',
          'structuredClone',
          'queueMicrotask',
        ].map((name) => [name, 'readonly']),
      ),
    },
  },
);
