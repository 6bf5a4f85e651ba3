/**
 * The journal's tables. A migration is numbered by its place and never edited once released; a change is a new one.
 *
 * Truth: meta, journals, entries, commits, audit, definitions. Derived, rebuilt by replay: runs, open_runs,
 * run_details, tasks, effects, checkpoints. An entry's place is its run's number × 2^27 + its sequence, so that
 * entries of a run lie together in one tree and no second index is written. `sum` is a checksum over the row.
 */

export const MIGRATIONS: readonly string[] = [
  `
  create table meta(name text primary key, value text not null) without rowid, strict;
  create table journals(number integer primary key, run text not null unique) strict;
  create table entries(
    place integer primary key,
    commit_number integer not null,
    at real not null,
    tick real not null,
    key text,
    hash text not null,
    text text not null
  ) strict;
  create table commits(number integer primary key, entries integer not null, hash text not null) strict;
  create table definitions(digest text primary key, text text not null, hash text not null) strict;
  create table audit(
    number integer primary key,
    commit_number integer not null,
    at real not null,
    action text not null,
    detail text not null,
    hash text not null
  ) strict;
  create table runs(
    number integer primary key,
    workflow text not null,
    digest text not null,
    status text not null,
    parent text,
    root text not null,
    label text,
    started_at real not null,
    ended_at real,
    done integer not null,
    total integer not null,
    failed_task text,
    failure_class text,
    failure_message text,
    cost_usd real,
    tokens real,
    waiting_for integer not null,
    rehearse integer not null,
    sequence integer not null,
    sum integer not null
  ) strict;
  create table open_runs(number integer primary key) strict;
  create table run_details(number integer primary key, detail text not null, sum integer not null) strict;
  create table tasks(
    place integer primary key,
    task text not null,
    status text not null,
    reason text,
    skip_reason text,
    attempts integer not null,
    started_at real,
    ended_at real,
    duration_ms real,
    failure_class text,
    failure_message text,
    cost_usd real,
    output text,
    detail text,
    sum integer not null
  ) strict;
  create table effects(
    number integer not null,
    id text not null,
    kind text not null,
    detail text not null,
    sum integer not null,
    primary key(number, id)
  ) without rowid, strict;
  create table checkpoints(
    number integer primary key,
    sequence integer not null,
    hash text not null,
    state text not null,
    sum integer not null
  ) strict;
  `,
];

/** "dcpd": tells a journal from any other database. */
export const APPLICATION_ID = 0x64637064;

/** The highest numbered set of engine rules this version can decide under. */
export const RULES = 1;

/** Small pages: a commit touches five, and each goes into the log whole. */
export const PAGE_BYTES = 2048;

/** The log is copied back at 2 MB; overwriting it is cheaper than letting it grow. */
export const CHECKPOINT_PAGES = 1000;

/** Entries of a run, places of its tasks: fewer than this. 2^26 runs fit below 2^53. */
export const PLACES = 2 ** 27;
export const RUNS_MAX = 2 ** 26;

export const DERIVED_TABLES: readonly string[] = [
  "runs",
  "open_runs",
  "run_details",
  "tasks",
  "effects",
  "checkpoints",
];
