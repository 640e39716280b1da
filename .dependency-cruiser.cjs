/**
 * The arrows of the source tree:
 *
 *   http -> operations -> daemon -> providers/provider.ts <- {ws2_32, posix, lab}; everybody -> winsock
 *
 * What ws2_32 and posix both do to a system below them is in providers/native.
 *
 * console, the page in the browser, stands alone: it knows the daemon by its API only.
 *
 * Within a layer, scripts/lint/rooms.cjs has the order of its rooms. app.ts is the composition root and may see
 * everything. scripts/lint/architecture.mjs runs this and checks that every source file was looked at.
 *
 * An arrow is an import as written, of types too. What a file exports again counts as its own.
 */
const { ROOMS } = require('./scripts/lint/rooms.cjs');

/** From these files into the project, only to what `may` names. */
const arrow = (name, comment, from, may) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from },
  to: { path: '^src/', pathNot: may.map((path) => `^src/${path}`) },
});

/** A package that only some files may import. Matches it installed and, in a bare tree, unresolved. */
const reserved = (name, comment, packages, owners) => ({
  name,
  comment,
  severity: 'error',
  from: { path: '^src/', pathNot: owners.map((path) => `^src/${path}`) },
  to: { path: packages.flatMap((path) => [`(^|/)node_modules/${path}(/|$)`, `^${path}(/|$)`]) },
});

/** The paths of some rooms and files of a folder, as one regular expression. */
const placesOf = (folder, places) =>
  `^${folder}/(${places.map((place) => place.replace('.', '\\.').replace(/[^/]$/, '$&$')).join('|')})`;

/** No room of a folder imports from one above it. */
const roomRules = ([folder, places]) =>
  places.slice(1).map((place, i) => ({
    name: 'rooms-in-order',
    comment: `In ${folder}, a room imports only from rooms below it: ${places.join(', ')}.`,
    severity: 'error',
    from: { path: placesOf(folder, [place]) },
    to: { path: placesOf(folder, places.slice(0, i + 1)) },
  }));

const PORT = 'providers/provider\\.ts$';

module.exports = {
  forbidden: [
    arrow('winsock-imports-nothing', 'The vocabulary stands alone.', '^src/winsock/', ['winsock/']),
    arrow('port-knows-only-winsock', 'The port is written in the vocabulary.', `^src/${PORT}`, ['winsock/']),
    {
      name: 'adapters-stay-apart',
      comment:
        'What two adapters share is a rule of Winsock and belongs to winsock/ or into the port; what ws2_32 and posix do alike to a system is in native/.',
      severity: 'error',
      from: { path: '^src/providers/([^/]+)/' },
      to: { path: '^src/providers/[^/]+/', pathNot: ['^src/providers/$1/', '^src/providers/native/'] },
    },
    {
      name: 'native-is-of-native-adapters',
      comment: 'The lab has no system below it.',
      severity: 'error',
      from: { pathNot: '^src/providers/(ws2_32|posix|native)/' },
      to: { path: '^src/providers/native/' },
    },
    arrow(
      'adapters-see-only-the-port',
      'An adapter knows nothing of who calls it.',
      '^src/providers/[^/]+/',
      [
        PORT,
        'providers/[^/]+/', // its own folder: adapters-stay-apart has the rest
        'winsock/',
      ],
    ),
    arrow(
      'daemon-sees-only-the-port',
      'Sessions and sockets are the same on every provider.',
      '^src/daemon/',
      ['daemon/', PORT, 'winsock/'],
    ),
    arrow(
      'operations-see-the-daemon',
      'A Winsock call knows neither HTTP nor an adapter.',
      '^src/operations/',
      ['operations/', 'daemon/', PORT, 'winsock/'],
    ),
    arrow(
      'http-sees-operations',
      'The edge translates to and from operations. Refusals and answers are what it translates: of the daemon, it knows those two.',
      '^src/http/',
      ['http/', 'operations/', 'daemon/answers/', 'winsock/', 'process/version\\.ts$'],
    ),
    arrow(
      'main-routes-nothing',
      'The process: configuration, app, listen, drain.',
      '^src/(main|serve)\\.ts$',
      ['(app|serve)\\.ts$', 'config/', 'process/', 'winsock/'],
    ),
    arrow(
      'config-knows-no-daemon',
      'Where it ends is the form that app.ts takes; what a host and a token are, the gates say.',
      '^src/config/',
      ['config/', 'app\\.ts$', 'http/gates/(host|token)-gate\\.ts$', 'winsock/'],
    ),
    arrow(
      'process-knows-no-daemon',
      'Arguments, log, tokens, shutdown: what stands around the app. Of a request it knows what a host and a token are. Of the systems it knows how they ask a process to end, how to end one, and how Windows keeps a file to its owner.',
      '^src/process/',
      [
        'process/',
        'config/(schema|token-text)\\.ts$',
        'http/gates/(host|token)-gate\\.ts$',
        'providers/ws2_32/(console-control|owner-only-file)\\.ts$',
        'providers/(ws2_32|posix)/end-process\\.ts$',
        'winsock/',
      ],
    ),
    arrow('console-stands-alone', 'The page knows the API, nothing of the server.', '^src/console/', [
      'console/',
    ]),
    {
      name: 'nobody-needs-the-console',
      comment: 'The server serves its files, and knows nothing of what is in them.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/console/' },
      to: { path: '^src/console/' },
    },
    reserved(
      'koffi-by-one-file',
      'Configured before anything is loaded by it. By native-is-of-native-adapters: no bare native call anywhere else.',
      ['koffi'],
      ['providers/native/koffi\\.ts$'],
    ),
    reserved(
      'http-at-the-edge',
      'Nothing behind the edge knows HTTP; scripts/lint/http-words.mjs looks at its words.',
      ['fastify', '@fastify', 'http2?', 'https'],
      ['http/', 'app\\.ts$'],
    ),
    ...Object.entries(ROOMS).flatMap(roomRules),
    {
      name: 'no-cycles',
      comment: 'No two files need each other, neither to start nor in their types.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'installed-with-the-daemon',
      comment:
        'A production installation has no development packages. The build puts those of the console into its files.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/console/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'no-programs',
      comment: 'The daemon runs no program: which one a name means is for the folders of PATH to say.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(node:)?child_process$' },
    },
    {
      name: 'source-without-tests',
      comment: 'A production installation has no tests.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|scripts)/' },
    },
    {
      name: 'resolvable',
      comment: 'An import that leads nowhere.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true, // type-only imports are arrows too
    skipAnalysisNotInRules: true,
    enhancedResolveOptions: {
      // Without those of other languages, each of which would be looked for beside every file.
      extensions: ['.ts', '.tsx', '.js', '.json', '.d.ts'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
