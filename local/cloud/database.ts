import { DatabaseSync } from 'node:sqlite';

/** Of the tables below; to be raised whenever they change. */
const VERSION = 1;

const TABLES = `
  CREATE TABLE IF NOT EXISTS buckets (
    name TEXT PRIMARY KEY, created INTEGER NOT NULL, event_bridge INTEGER NOT NULL, versioned INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS objects (
    bucket TEXT NOT NULL, key TEXT NOT NULL, version TEXT NOT NULL, size INTEGER NOT NULL, etag TEXT NOT NULL,
    modified INTEGER NOT NULL, sequencer TEXT NOT NULL,
    headers TEXT NOT NULL,   -- JSON: content-type, content-encoding, x-amz-meta-…
    checksums TEXT NOT NULL, -- JSON: {type, values}
    segments TEXT NOT NULL,  -- JSON: [{blob, size}], in order
    PRIMARY KEY (bucket, key)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS uploads (
    id TEXT PRIMARY KEY, bucket TEXT NOT NULL, key TEXT NOT NULL, headers TEXT NOT NULL,
    algorithm TEXT, checksum_type TEXT
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS parts (
    upload TEXT NOT NULL, number INTEGER NOT NULL, blob TEXT NOT NULL, size INTEGER NOT NULL, md5 TEXT NOT NULL,
    checksums TEXT NOT NULL, modified INTEGER NOT NULL, PRIMARY KEY (upload, number)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT, queue TEXT NOT NULL, message TEXT NOT NULL, body TEXT NOT NULL,
    attributes TEXT NOT NULL, sent INTEGER NOT NULL, visible INTEGER NOT NULL, receives INTEGER NOT NULL DEFAULT 0,
    first_received INTEGER, receipt TEXT, source TEXT
  ) STRICT;
  CREATE INDEX IF NOT EXISTS messages_by_queue ON messages (queue, visible);
  CREATE TABLE IF NOT EXISTS log_lines (
    id INTEGER PRIMARY KEY AUTOINCREMENT, subscription INTEGER NOT NULL, log_group TEXT NOT NULL, stream TEXT NOT NULL,
    time INTEGER NOT NULL, message TEXT NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS schedules (name TEXT PRIMARY KEY, last INTEGER NOT NULL) STRICT;
`;

/**
 * The state of the embedded cloud, in one file. What is committed survives the death of the process; a loss of
 * power may take the last moments.
 */
export class Database {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, ReturnType<DatabaseSync['prepare']>>();
  #depth = 0;

  /** @throws when the file was made with other tables than these */
  constructor(path: string) {
    this.#database = new DatabaseSync(path);
    const found = this.get<{ version: number; tables: number }>(
      'SELECT user_version AS version, (SELECT count(*) FROM sqlite_schema) AS tables FROM pragma_user_version',
    )!;
    if (found.tables > 0 && found.version !== VERSION) {
      throw new Error(`${path} was made by another version of this program: remove its folder`);
    }
    this.#database.exec(
      `PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA user_version = ${VERSION}; ${TABLES}`,
    );
  }

  run(sql: string, ...values: (string | number | null)[]) {
    return this.#statement(sql).run(...values);
  }

  /** @param verb INSERT, or what SQLite has in its place */
  insert(verb: string, table: string, row: Record<string, string | number | null>) {
    const names = Object.keys(row);
    const values = names.map(() => '?').join(', ');
    return this.run(`${verb} INTO ${table} (${names.join(', ')}) VALUES (${values})`, ...Object.values(row));
  }

  get<Row>(sql: string, ...values: (string | number | null)[]): Row | undefined {
    return this.#statement(sql).get(...values) as Row | undefined;
  }

  all<Row>(sql: string, ...values: (string | number | null)[]): Row[] {
    return this.#statement(sql).all(...values) as Row[];
  }

  /** All of `work` or nothing of it; calls may nest. */
  transaction<Result>(work: () => Result): Result {
    if (this.#depth > 0) return work();
    this.#database.exec('BEGIN IMMEDIATE');
    this.#depth++;
    try {
      const result = work();
      this.#database.exec('COMMIT');
      return result;
    } catch (error) {
      this.#database.exec('ROLLBACK');
      throw error;
    } finally {
      this.#depth--;
    }
  }

  close() {
    this.#database.close();
  }

  #statement(sql: string) {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.#database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}
