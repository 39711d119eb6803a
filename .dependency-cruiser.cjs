// Who may import whom: the import rule of ARCHITECTURE.md, checked by `npm run lint`.

const messages = '^src/workflows/messages[.]ts$';

/** A place may import from itself and from the places named; `messages` stands for the workflow messages alone. */
function mayImport(place, others, allowsMessages) {
  const places = `^src/(${[place, ...others].join('|')})/`;
  return {
    name: `${place}-imports`,
    comment: `src/${place} may import from ${[place, ...others, ...(allowsMessages ? ['workflows/messages.ts'] : [])].join(', ')} only.`,
    severity: 'error',
    from: { path: `^src/${place}/` },
    to: { path: '^src/', pathNot: allowsMessages ? [places, messages] : [places] },
  };
}

module.exports = {
  forbidden: [
    mayImport('domain', [], false),
    mayImport('database', ['domain'], false),
    mayImport('activities', ['database', 'domain'], true),
    mayImport('api', ['database', 'domain'], true),
    mayImport('cli', ['database', 'domain', 'local', 'worker', 'api'], true),
    mayImport('worker', ['activities', 'api', 'database', 'domain', 'local', 'workflows'], true),
    mayImport('local', ['domain'], false),
    {
      name: 'workflows-run-nothing-else',
      comment:
        'What a workflow imports ends up in its bundle: only workflow files, and types, which leave nothing behind.',
      severity: 'error',
      from: { path: '^src/workflows/' },
      to: { path: '^src/', pathNot: '^src/workflows/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'workflows-know-types-of-activities-and-domain',
      comment: 'Even types: a workflow talks to activities, in the words of the domain, and to no other place.',
      severity: 'error',
      from: { path: '^src/workflows/' },
      to: { path: '^src/', pathNot: '^src/(workflows|activities|domain)/' },
    },
    {
      name: 'no-circles',
      comment: 'Two files that need each other are one file, or a third is missing. Types alone make no circle.',
      severity: 'error',
      from: { path: '^src/' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'not-to-tests',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(tests|bench)/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
