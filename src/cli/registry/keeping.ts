/** Commands that look after the journal and the machine. */
import type { CommandSpec, OptionSpec } from "./spec.ts";

const DB_CHECK: CommandSpec = {
  name: "db check",
  words: "",
  summary: "check every chain, digest and row of the journal",
  options: [],
  examples: ["db check", "db check --json"],
  load: () => import("../commands/db-check.ts"),
};

const DB_BACKUP: CommandSpec = {
  name: "db backup",
  words: "[file]",
  summary: "copy the journal, also while runs go on",
  options: [],
  examples: ["db backup", "db backup /media/disk/site.db"],
  load: () => import("../commands/db-backup.ts"),
};

const DB_RESTORE: CommandSpec = {
  name: "db restore",
  words: "[file]",
  summary: "go back to a backup; says what is lost, keeps what was there",
  options: [
    { flags: "--latest", text: "the newest backup of this project" },
    { flags: "--replace", text: "also where the journal is whole and holds more" },
  ],
  examples: ["db restore --latest", "db restore /media/disk/site.db"],
  load: () => import("../commands/db-restore.ts"),
};

const DB_GC: CommandSpec = {
  name: "db gc",
  words: "",
  summary: "clear away what retention in decapod.yaml keeps no longer",
  options: [
    { flags: "--dry-run", text: "say what would go and how much that is" },
    { flags: "--unmerged", text: "with what worktrees of old runs hold that is merged or saved nowhere" },
  ],
  examples: ["db gc --dry-run", "db gc", "db gc --dry-run --unmerged"],
  load: () => import("../commands/db-gc.ts"),
};

const DB_MIGRATE: CommandSpec = {
  name: "db migrate",
  words: "",
  summary: "bring the journal to the schema of this version",
  options: [],
  examples: ["db migrate"],
  load: () => import("../commands/db-migrate.ts"),
};

const DB_EXPORT: CommandSpec = {
  name: "db export",
  words: "<file>",
  summary: "write the journal into one file of JSON lines",
  options: [],
  examples: ["db export site.jsonl"],
  load: () => import("../commands/db-export.ts"),
};

const DB_IMPORT: CommandSpec = {
  name: "db import",
  words: "<file>",
  summary: "take an export as the journal of a project that has none",
  options: [],
  examples: ["db import site.jsonl"],
  load: () => import("../commands/db-import.ts"),
};

const FIX: OptionSpec = { flags: "--fix", text: "put right what is safe to put right, and say so" };

const DOCTOR: CommandSpec = {
  name: "doctor",
  words: "",
  summary: "look at this machine: programs, permissions, disk, clock",
  options: [FIX],
  examples: ["doctor", "doctor --fix"],
  load: () => import("../commands/doctor.ts"),
};

const HEALTH: CommandSpec = {
  name: "health",
  words: "",
  summary: "look at this project: journal, owner, open runs, questions, size",
  options: [FIX],
  examples: ["health", "health --fix", "health --json"],
  load: () => import("../commands/health.ts"),
};

export const KEEPING: readonly CommandSpec[] = [
  DB_CHECK,
  DB_BACKUP,
  DB_RESTORE,
  DB_GC,
  DB_MIGRATE,
  DB_EXPORT,
  DB_IMPORT,
  DOCTOR,
  HEALTH,
];
