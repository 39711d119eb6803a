// The environment is read once, at the door, and what is wrong with it is told by name.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { CommandProblem } from '../../src/cli/command-problem.ts';
import { readConfiguration, TEMPORAL_VARIABLES, type VariableName } from '../../src/cli/configuration.ts';
import { temporalConnection } from '../../src/cli/connect.ts';
import { localEnvironment, writeConnectionFile } from '../../src/cli/local-instance/connection-file.ts';

function problemOf(names: readonly VariableName[], environment: NodeJS.ProcessEnv): CommandProblem {
  try {
    readConfiguration(names, environment);
  } catch (error) {
    assert.ok(error instanceof CommandProblem);
    return error;
  }
  return assert.fail('nothing was wrong');
}

describe('the configuration', () => {
  it('names every variable that is missing or wrong, says what it should be, and never shows its value', () => {
    const problem = problemOf(['DATABASE_URL', 'SMTP_URL', 'PORT'], {
      SMTP_URL: 'http://me:hunter2@mail',
      PORT: '99999',
    });
    assert.equal(problem.exitCode, 2);
    assert.match(problem.message, /^DATABASE_URL is not set\. It is Postgres as API and worker connect/m);
    assert.match(problem.message, /^SMTP_URL is wrong: smtp:\/\/ or smtps:\/\/ and a host are expected/m);
    assert.match(problem.message, /^PORT is wrong: a port from 0 to 65535 is expected/m);
    assert.doesNotMatch(problem.message, /hunter2/);
  });

  it('takes an empty variable for one that is not set', () => {
    assert.match(problemOf(['MAIL_FROM'], { MAIL_FROM: '' }).message, /MAIL_FROM is not set/);
    assert.equal(readConfiguration(['PORT'], { PORT: '' }).PORT, 4000);
  });

  it('refuses an address of Temporal with a protocol, and a flag that is neither true nor false', () => {
    assert.match(problemOf(['TEMPORAL_ADDRESS'], { TEMPORAL_ADDRESS: 'http://temporal:7233' }).message, /HOST:PORT/);
    assert.match(problemOf(['TEMPORAL_TLS'], { TEMPORAL_TLS: 'yes' }).message, /true or false is expected/);
  });

  it('speaks TLS with an API key by itself, and not without a reason', () => {
    const access = (more: NodeJS.ProcessEnv) =>
      temporalConnection(readConfiguration(TEMPORAL_VARIABLES, { TEMPORAL_ADDRESS: 'temporal:7233', ...more }));
    assert.deepEqual(access({}), { address: 'temporal:7233', tls: false });
    assert.deepEqual(access({ TEMPORAL_API_KEY: 'k' }), { address: 'temporal:7233', tls: true, apiKey: 'k' });
    assert.throws(() => access({ TEMPORAL_TLS_CERT_FILE: import.meta.filename }), /go together/);
    assert.match(
      problemOf(['TEMPORAL_TLS_CA_FILE'], { TEMPORAL_TLS_CA_FILE: '/nowhere.pem' }).message,
      /the file cannot be read/,
    );
  });
});

describe('the running instance of a folder', () => {
  let folder = '';
  const connection = {
    DATABASE_URL: 'postgres://app@127.0.0.1:1/q',
    DATABASE_OWNER_URL: 'postgres://owner@127.0.0.1:1/q',
    TEMPORAL_ADDRESS: '127.0.0.1:2',
    TEMPORAL_NAMESPACE: 'default',
    SMTP_URL: 'smtp://127.0.0.1:3',
    MAIL_FROM: 'billing@acme.example',
    QUITTANCE_URL: 'http://127.0.0.1:4',
  };
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'quittance-connection-'));
    await writeConnectionFile(folder, connection);
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('is used where the environment names no server', () => {
    assert.equal(localEnvironment({ QUITTANCE_DATA: folder }).DATABASE_URL, connection.DATABASE_URL);
  });

  it('is never mixed with servers that the environment names', () => {
    const environment = { QUITTANCE_DATA: folder, TEMPORAL_ADDRESS: 'production:7233' };
    assert.deepEqual(localEnvironment(environment), environment);
  });
});
