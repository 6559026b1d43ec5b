/** What the shell needs of the world, as small interfaces. Adapters implement them; the runtime and mains use them. */

export interface LogRecord {
  /** Full name on the broker, with prefix and version. */
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** LogAppendTime, epoch ms. */
  readonly appendMs: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  /** Header values are UTF-8; a repeated header keeps its last value. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface OutgoingRecord {
  readonly topic: string;
  /** null: murmur2 of the key. */
  readonly partition: number | null;
  readonly key: string | null;
  readonly value: Uint8Array | null;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

export interface TopicOffset extends TopicPartition {
  /** Next offset to read. */
  readonly offset: number;
}

export interface Watermarks extends TopicPartition {
  readonly low: number;
  /** Offset the next record will get. */
  readonly high: number;
}

/** What a poll brought: records, or news of the group. One coroutine polls and does nothing else meanwhile. */
export type Polled =
  | { readonly kind: "records"; readonly records: readonly LogRecord[] }
  /** These partition numbers, of every subscribed topic, are now ours; reading starts with `resume`. */
  | { readonly kind: "assigned"; readonly partitions: readonly number[] }
  /** No longer ours; whatever was absorbed but not committed must be dropped. */
  | { readonly kind: "revoked"; readonly partitions: readonly number[] };

/**
 * Reads as a member of a group, with whole partition numbers across all subscribed topics (range assignor).
 * Read committed. Records of one partition come in offset order; offsets have holes.
 */
export interface GroupReader {
  poll(recordsMax: number, timeoutMs: number): Promise<Polled>;
  /** Starts (or restarts) reading the given partitions at these offsets. Called after an `assigned`. */
  resume(offsets: readonly TopicOffset[]): Promise<void>;
  /**
   * From here on polls bring nothing of these partitions and everything of the others; each call replaces the set of the one before.
   * A paused partition keeps its place: what the client had fetched of it comes later, none lost or twice. News of the group and
   * `resume` end it. Partitions that are not being read are refused.
   */
  pause(partitions: readonly TopicPartition[]): void;
  /** Partitions without a committed offset are left out. */
  committed(partitions: readonly TopicPartition[]): Promise<readonly TopicOffset[]>;
  /**
   * Next offset of every partition being read, as of the last `poll`. At the end it equals the high watermark, also where the
   * log ends with a transaction's marker, which no record shows: lag 0 is `position === high`.
   */
  positions(): readonly TopicOffset[];
  close(): Promise<void>;
}

/** Reads partitions of its own choosing; no group. Read committed. */
export interface Reader {
  assign(offsets: readonly TopicOffset[]): Promise<void>;
  poll(recordsMax: number, timeoutMs: number): Promise<readonly LogRecord[]>;
  /** As `GroupReader.positions`: at the end of a partition its position is the high watermark. */
  positions(): readonly TopicOffset[];
  close(): Promise<void>;
}

/**
 * Writes all or nothing. `transact` resolves when everything is committed, offsets of `group` included.
 * Throws `FencedError` when another instance took over (the process must exit), any other error after the
 * transaction was aborted: then nothing was written and nothing later may be committed before a restart.
 */
export interface TransactionalWriter {
  transact(
    records: readonly OutgoingRecord[],
    offsets: readonly TopicOffset[],
    group: GroupReader | null,
  ): Promise<void>;
  close(): Promise<void>;
}

/** Plain idempotent writer for producers outside transactions (lab, CLI, ingest). Resolves when acknowledged. */
export interface Writer {
  write(records: readonly OutgoingRecord[]): Promise<void>;
  close(): Promise<void>;
}

export interface GroupReaderOptions {
  readonly group: string;
  /** Stable name of this instance: static membership. */
  readonly instance: string;
  readonly topics: readonly string[];
}

export interface ReaderOptions {
  /** Bytes of records that may wait to be polled; those who hold many readers say less than the client's 32 MB. */
  readonly fetchAheadBytesMax?: number;
}

/** A broker, seen whole. */
export interface Log {
  groupReader(options: GroupReaderOptions): Promise<GroupReader>;
  reader(options?: ReaderOptions): Promise<Reader>;
  transactionalWriter(transactionalId: string): Promise<TransactionalWriter>;
  writer(): Promise<Writer>;
  /** Low and high watermarks. Read-committed high for topics written in transactions. */
  watermarks(partitions: readonly TopicPartition[]): Promise<readonly Watermarks[]>;
  /**
   * Where each partition ends, records of transactions still open included: never below its high watermark, which stops before
   * the first of them. Who reads up to here has read everything that was committed before the call.
   */
  ends(partitions: readonly TopicPartition[]): Promise<readonly TopicOffset[]>;
  partitionCount(topic: string): Promise<number>;
  /** Identity of the cluster and of one topic, to notice a recreated one. */
  clusterId(): Promise<string>;
  topicId(topic: string): Promise<string>;
  close(): Promise<void>;
}

export class FencedError extends Error {
  override readonly name = "FencedError";
}

/** A row of ClickHouse as a JSON object; keys are columns. */
export type Row = Readonly<Record<string, unknown>>;

/** Rows of one table as one block of ClickHouse's Native format: column by column, each with its name and type. */
export interface Block {
  readonly rows: number;
  readonly bytes: Uint8Array;
}

/** ClickHouse, embedded or a server. Errors carry ClickHouse's own code where there is one. */
export interface Store {
  /** One statement without result. Parameters are bound as `{name:Type}`. */
  command(sql: string, parameters?: Readonly<Record<string, unknown>>): Promise<void>;
  query(sql: string, parameters?: Readonly<Record<string, unknown>>): Promise<readonly Row[]>;
  /**
   * One insert is one block into one table partition, or nothing. After a transient `StoreError` its fate is unknown:
   * the same block with the same `token` may be sent again and is stored once. A token is never used for other rows.
   */
  insert(table: string, block: Block, token?: string): Promise<void>;
  close(): Promise<void>;
}

/** A failure of the store. `code` is ClickHouse's own number, null where the failure came before ClickHouse. */
export class StoreError extends Error {
  override readonly name = "StoreError";
  readonly code: number | null;
  /** True where the same statement may succeed later (unreachable, full, overloaded): retry it, nothing else. */
  readonly transient: boolean;
  constructor(message: string, code: number | null, transient: boolean, cause?: unknown) {
    super(message, { cause });
    this.code = code;
    this.transient = transient;
  }
}

export interface ReadOnlyStatement {
  readonly sql: string;
  /** Values for `{name:Type}` in the text form ClickHouse reads for that type; null is NULL. */
  readonly parameters: Readonly<Record<string, string | null>>;
  /** Output format where the statement names none. */
  readonly format: string;
  /** Aborting stops the statement in the engine, too. */
  readonly signal?: AbortSignal;
}

/** `refused`: never ran. `failed`: ClickHouse says no, with its code. `busy`: too many at once. */
export type ReadOnlyAnswer =
  | {
      readonly ok: true;
      readonly body: Uint8Array;
      /** The format the body is in. */
      readonly format: string;
      readonly rowsRead: number;
      readonly bytesRead: number;
      readonly elapsedMs: number;
    }
  | {
      readonly ok: false;
      readonly kind: "refused" | "failed" | "busy" | "aborted";
      readonly code: number | null;
      readonly message: string;
    };

/** Statements of strangers: one at a time, read only, within limits of time, memory and result size. */
export interface ReadOnlySql {
  run(statement: ReadOnlyStatement): Promise<ReadOnlyAnswer>;
}

export interface Clock {
  nowMs(): number;
  sleep(ms: number): Promise<void>;
}

export interface Logger {
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
  error(fields: Readonly<Record<string, unknown>>, message: string): void;
}

export interface Gauges {
  set(name: string, labels: Readonly<Record<string, string>>, value: number): void;
  count(name: string, labels: Readonly<Record<string, string>>, by: number): void;
  /** Ends every gauge that has these labels among its own: what they spoke of is another process's now. Counters stay. */
  drop(labels: Readonly<Record<string, string>>): void;
}
