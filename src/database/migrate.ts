// Brings a database to the newest schema: numbered SQL files, forward only, one at a time under a lock.

import { readdir, readFile } from 'node:fs/promises';
import { Kysely, PostgresDialect, sql } from 'kysely';
import { Migrator, type Migration, type MigrationProvider } from 'kysely/migration';
import pg from 'pg';

const MIGRATIONS = new URL('./migrations/', import.meta.url);

/** Reads `NNNN-name.sql` files beside this one; there is no way down. */
const provider: MigrationProvider = {
  async getMigrations() {
    const files = (await readdir(MIGRATIONS)).filter((file) => /^\d{4}-[a-z0-9-]+\.sql$/.test(file)).sort();
    const migrations: Record<string, Migration> = {};
    for (const file of files) {
      const text = await readFile(new URL(file, MIGRATIONS), 'utf8');
      migrations[file.replace(/\.sql$/, '')] = {
        up: async (db) => {
          await sql.raw(text).execute(db);
        },
      };
    }
    return migrations;
  },
};

/**
 * Migrates the database as its owner and makes sure that the application's login role exists with no more than its rights.
 *
 * @param options.ownerUrl connection of the role that owns the schema
 * @param options.appRole login role of API and worker; created when missing, its password set when one is given
 * @returns the names of the migrations that ran now
 * @throws when a migration fails; the database then stands as before it
 */
export async function migrate(options: {
  ownerUrl: string;
  appRole: string;
  appPassword: string | null;
}): Promise<string[]> {
  const pool = new pg.Pool({ connectionString: options.ownerUrl, max: 1 });
  // A connection that breaks tells by the statement that fails; without a listener it would end the process as well.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  const db = new Kysely<Record<string, never>>({ dialect: new PostgresDialect({ pool }) });
  try {
    const { error, results } = await new Migrator({ db, provider }).migrateToLatest();
    const failed = results?.find((result) => result.status === 'Error');
    if (error !== undefined) {
      const cause = error instanceof Error ? error.message : JSON.stringify(error);
      throw new Error(`Migration ${failed?.migrationName ?? ''} failed: ${cause}`, { cause: error });
    }
    await againWhenRaced(() => ensureAppRole(db, options));
    return (results ?? []).map((result) => result.migrationName);
  } finally {
    await db.destroy();
  }
}

/** Times that a change of roles is tried when others change the same role at the same moment. */
const ROLE_TRIES_MAX = 10;

/** Roles belong to the whole cluster and no lock of ours reaches over databases, so whoever is too late tries again. */
async function againWhenRaced(change: () => Promise<void>): Promise<void> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await change();
    } catch (error) {
      const isRaced = error instanceof Error && error.message.includes('tuple concurrently updated');
      if (!isRaced || tried === ROLE_TRIES_MAX) throw error;
    }
  }
}

async function ensureAppRole(
  db: Kysely<Record<string, never>>,
  { appRole, appPassword }: { appRole: string; appPassword: string | null },
): Promise<void> {
  const role = sql.id(appRole);
  const found = await sql<{ found: number }>`select 1 as found from pg_roles where rolname = ${appRole}`.execute(db);
  if (found.rows.length === 0) {
    // Two databases of one cluster may be migrated at once: roles are cluster wide, so "already there" is success.
    await sql`do $$ begin create role ${role} login; exception when duplicate_object or unique_violation then null; end $$`.execute(
      db,
    );
  }
  if (appPassword !== null) await sql`alter role ${role} login password ${sql.lit(appPassword)}`.execute(db);
  const member = await sql<{ ok: boolean }>`select pg_has_role(${appRole}, 'quittance_app', 'member') as ok`.execute(
    db,
  );
  if (member.rows[0]?.ok !== true) await sql`grant quittance_app to ${role}`.execute(db);
}
