// The table "Rooms" of docs/architecture.md as rules. tsconfig.boundaries.json maps our packages to their sources, so that a
// path is followed across packages without a build.
const TESTS = '(\\.test\\.ts$|/testing/)';
const TYPES_OF_CORE_ONLY = '^packages/(draft|verifier|adaptive)/src/';
const ERRORS = '^packages/core/src/errors\\.ts$';
const TENSORFLOW = '^packages/tensorflow/|@tensorflow/';
const HTTP_LIBRARIES = 'node_modules/(@nestjs|@opentelemetry|express|helmet|pino|pino-http|prom-client|rxjs)[/@]';
const ENGINE_SIDE = '^packages/server/src/((engine|tools)/|built-file\\.ts$)';
// From top to bottom: each knows only those behind it.
const SERVER_FOLDERS = [
  ...['app', 'observability', 'openai', 'dashboard', 'logging', 'tracing', 'metrics', 'lifecycle', 'http'],
  ...['text-work', 'security', 'engine', 'configuration', 'threads', 'tools'],
];
const SYSTEM = '^(node:)?(fs|fs/promises|child_process|worker_threads|net|http|https|os)$';

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'resolvable',
      comment: 'An import that cannot be resolved would slip past every other rule.',
      severity: 'error',
      from: { pathNot: TESTS },
      to: { couldNotResolve: true },
    },
    {
      name: 'only-types-of-core',
      comment: 'draft, verifier and adaptive use of @foretoken/core types and errors, so that each can be used alone.',
      severity: 'error',
      from: { path: TYPES_OF_CORE_ONLY, pathNot: TESTS },
      to: { path: '^packages/core/', pathNot: ERRORS, dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'only-core',
      comment: 'draft, verifier and adaptive know no other package of ours, nor TensorFlow, nor the system.',
      severity: 'error',
      from: { path: TYPES_OF_CORE_ONLY, pathNot: TESTS },
      to: { path: [TENSORFLOW, SYSTEM, '^packages/'], pathNot: ['^packages/core/', '^packages/$1/'] },
    },
    {
      name: 'nothing-of-ours',
      comment: 'tensorflow and operators stand alone, but for the base of all errors.',
      severity: 'error',
      from: { path: '^packages/(tensorflow|operators)/src/', pathNot: TESTS },
      to: { path: '^packages/', pathNot: ['^packages/$1/', ERRORS] },
    },
    {
      name: 'core-light',
      comment: 'core knows no other package of ours, nor TensorFlow, nor the system.',
      severity: 'error',
      from: { path: '^packages/core/src/', pathNot: TESTS },
      to: { path: [TENSORFLOW, SYSTEM, '^packages/'], pathNot: '^packages/core/' },
    },
    {
      name: 'backend-below',
      comment: 'backend may import core, tensorflow and operators, and nothing else of ours.',
      severity: 'error',
      from: { path: '^packages/backend/src/', pathNot: TESTS },
      to: { path: '^packages/', pathNot: '^packages/(backend|core|tensorflow|operators)/' },
    },
    {
      name: 'presets-below',
      comment: 'speculation brings drafters and controllers to a model; it knows neither server nor library.',
      severity: 'error',
      from: { path: '^packages/speculation/src/', pathNot: TESTS },
      to: { path: '^packages/', pathNot: '^packages/(speculation|core|draft|adaptive|backend)/' },
    },
    {
      name: 'structured-output-below',
      comment: 'structured-output constrains any sampler; it knows neither models nor engines.',
      severity: 'error',
      from: { path: '^packages/structured-output/src/', pathNot: TESTS },
      to: { path: [TENSORFLOW, '^packages/'], pathNot: '^packages/(structured-output|core)/' },
    },
    {
      name: 'server-only-from-foretoken',
      comment: 'And bench, which measures it.',
      severity: 'error',
      from: { path: '^packages/', pathNot: '^packages/(server|foretoken|bench)/' },
      to: { path: '^packages/server/' },
    },
    {
      name: 'engine-without-http',
      comment: "An engine's process loads no web framework.",
      severity: 'error',
      from: { path: ENGINE_SIDE, pathNot: TESTS },
      to: {
        path: ['^packages/server/src/', HTTP_LIBRARIES],
        pathNot: ENGINE_SIDE,
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'http-without-models',
      comment:
        "TensorFlow runs in the engines' processes: what serves HTTP takes no models, and of the engine its entry, its errors and its types. load-parts.ts reads the text side of the model, and the thread for long texts does.",
      severity: 'error',
      from: {
        path: '^packages/server/src/',
        pathNot: [TESTS, '^packages/server/src/(engine/|app/load-parts\\.ts$|text-work/text-thread-entry\\.ts$)'],
      },
      to: {
        path: [TENSORFLOW, '^packages/backend/src/', '^packages/server/src/engine/'],
        pathNot: '^packages/server/src/engine/(index|errors)\\.ts$',
        dependencyTypesNot: ['type-only'],
      },
    },
    ...SERVER_FOLDERS.slice(1).map((folder, index) => ({
      name: `server-below-${folder}`,
      comment: 'Arrows between the folders of server go down only, those of types too.',
      severity: 'error',
      from: { path: `^packages/server/src/${folder}/`, pathNot: TESTS },
      to: { path: `^packages/server/src/(${SERVER_FOLDERS.slice(0, index + 1).join('|')})/` },
    })),
    {
      name: 'server-folders-listed',
      comment: 'A folder of server has its place in the list.',
      severity: 'error',
      from: {
        path: '^packages/server/src/[^/]+/',
        pathNot: [TESTS, `^packages/server/src/(${SERVER_FOLDERS.join('|')})/`],
      },
      to: {},
    },
    {
      name: 'nobody-imports-bench',
      severity: 'error',
      from: { path: '^packages/', pathNot: '^packages/bench/' },
      to: { path: '^packages/bench/' },
    },
    {
      name: 'nobody-imports-foretoken',
      severity: 'error',
      comment: 'Only bench, which measures what createDecoder does by default.',
      from: { path: '^packages/', pathNot: '^packages/(foretoken|bench)/' },
      to: { path: '^packages/foretoken/' },
    },
    {
      name: 'by-name',
      comment:
        'Another package is imported by its name, never by a path into it; a test may use what another keeps for tests.',
      severity: 'error',
      from: { path: '^packages/([^/]+)/src/', pathNot: TESTS },
      to: { path: '^packages/', pathNot: '^packages/$1/', dependencyTypesNot: ['aliased'] },
    },
    {
      name: 'tests-stay-out',
      comment: "What ships doesn't use what is kept for tests; a package's scripts may.",
      severity: 'error',
      from: { pathNot: [TESTS, '^packages/[^/]+/scripts/'] },
      to: { path: TESTS },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^packages/[^/]+/(dist|[^/]+\\.ts$)' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.boundaries.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'types', 'default'] },
  },
};
