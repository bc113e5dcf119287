// The rooms of src/ and who may use whom: a part of npm run lint and npm test.
const { readdirSync } = require('node:fs');
const { dirname } = require('node:path');

/** From below upwards: a room uses only rooms named before it. The files right in src/ (errors, random) serve all. */
const rooms = [
  'text',
  'process',
  'files',
  'tensorflow',
  'data',
  'models',
  'report',
  'metrics',
  'setup',
  'distributed',
  'explain',
  'augment',
  'log',
  'monitor',
  'train',
  'evaluate',
  'timing',
  'compare',
  'cli',
];

/** Of the graph engine, src/tensorflow/native, in the same order: what TensorFlow's library offers, how a function is recorded, what ranks do together, how a recording becomes a graph. */
const engine = ['runtime', 'trace', 'ring', 'graph'];

/** The folders that have a door, an index.ts. */
const folders = readdirSync('src', { recursive: true })
  .filter((file) => /[\\/]index\.ts$/.test(file))
  .map((file) => dirname(file).replaceAll('\\', '/'));

module.exports = {
  forbidden: [
    ...rooms.map((room, index) => ({
      name: `${room}-looks-down`,
      comment: `src/${room} uses only the rooms below it`,
      severity: 'error',
      from: { path: `^src/${room}/` },
      to: { path: '^src/[^/]+/', pathNot: `^src/(${rooms.slice(0, index + 1).join('|')})/` },
    })),
    ...folders.map((folder) => ({
      name: `${folder}-by-its-door`,
      comment: `whoever is outside of src/${folder} imports from its index.ts`,
      severity: 'error',
      // The graph engine and the files around it are one thing.
      from: { path: '^src/', pathNot: `^src/${folder === 'tensorflow/native' ? 'tensorflow' : folder}/` },
      to: { path: `^src/${folder}/[^/]+$`, pathNot: '/index\\.ts$' },
    })),
    ...engine.map((part, index) => ({
      name: `${part}-looks-down`,
      comment: `src/tensorflow/native/${part} uses only the parts below it`,
      severity: 'error',
      from: { path: `^src/tensorflow/native/${part}/` },
      to: { path: `^src/tensorflow/native/(${engine.slice(index + 1).join('|') || '-'})/` },
    })),
    {
      name: 'engine-by-its-door',
      comment: 'whoever is outside of src/tensorflow imports from the door of its engine',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/tensorflow/' },
      to: { path: '^src/tensorflow/native/.+/' },
    },
    {
      name: 'distributed-on-demand',
      comment:
        'who trains alone loads nothing of src/distributed: it is imported where several processes are asked for',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/distributed/' },
      to: { path: '^src/distributed/', dynamic: false, dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'no-circles',
      comment: 'no file needs itself, not even for a type',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
  ],
  options: {
    includeOnly: '^src/',
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
  },
};
