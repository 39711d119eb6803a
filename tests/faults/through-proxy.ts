// An installation whose API and worker reach Postgres through a proxy, while the test looks at it directly.

import { startTemporalDevServer } from '../../src/local/temporal.ts';
import { searchAttributes } from '../../src/workflows/messages.ts';
import { testDatabase } from '../harness/database.ts';
import { startProxy, type Proxy } from '../harness/proxy.ts';
import { openInstallation, type Installation, type InstallationOptions } from './installation.ts';

/** Runs a test on an installation with so many customers, or otherwise its own, and closes it afterwards. */
export async function throughProxy(
  options: number | Pick<InstallationOptions, 'customers' | 'cachedWorkflowsMax'>,
  act: (installation: Installation, proxy: Proxy) => Promise<void>,
): Promise<void> {
  const database = await testDatabase();
  const temporal = await startTemporalDevServer({
    searchAttributes: Object.values(searchAttributes),
    logLevel: 'error',
  });
  const proxy = await startProxy(database.appUrl);
  const installation = await openInstallation({
    ...{ appUrl: proxy.urlOf(database.appUrl), lookUrl: database.appUrl, ownerUrl: database.ownerUrl },
    ...{ temporalAddress: temporal.address, ...(typeof options === 'number' ? { customers: options } : options) },
  });
  try {
    await act(installation, proxy);
  } finally {
    await installation.close();
    await proxy.close();
    await temporal.stop();
    await database.drop();
  }
}
