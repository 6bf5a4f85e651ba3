// The walls of the house as data. The rules that read it stand in rules.ts; ARCHITECTURE.md has the reasons.

/** Left may import right, never the other way. */
export const ROOMS = [
  "main",
  "index",
  "cli",
  "app",
  "app-engine",
  "server",
  "notify",
  "exchange",
  "arm",
  "driver",
  "host",
  "picture",
  "work",
  "git",
  "client",
  "contract",
  "spec",
  "port",
  "layout",
  "core",
] as const;

/** Rooms that are one file each, directly below src. */
export const SINGLE_FILE_ROOMS: readonly string[] = ["main", "index", "app", "app-engine", "contract"];

/** Here rooms are joined or named to the outside, so they may import any room; cycles stay forbidden. */
export const JOINTS: readonly string[] = ["main", "index", "app", "app-engine"];

/** Types only, and therefore open to every room but core. */
export const PORT_FILES: readonly string[] = ["src/host/host.ts", "src/driver/driver.ts"];

/** Implementations of one port that must not know each other. */
export const STRANGERS: readonly (readonly [string, string])[] = [
  ["src/host/embedded/", "src/host/postgres/"],
];

export const LINES_MAX = { source: 300, test: 500, function: 60 } as const;

/** Modules with effects that only the port room may import; types of them are free. */
export const PORT_MODULES =
  /^(?:node:)?(?:fs|fs\/promises|child_process|timers|timers\/promises|perf_hooks|cluster|vm)$/;

export type Ban = {
  readonly rule: string;
  readonly pattern: RegExp;
  readonly instead: string;
  /** Where the rule holds: "house" is all of src but the port room. Test files are free. */
  readonly where: "core" | "house" | "source";
};

export const BANS: readonly Ban[] = [
  {
    rule: "timer",
    pattern: /(?<![.\w$])(?:setTimeout|setInterval|setImmediate)\b|\bAbortSignal\.timeout\b/g,
    instead: "take a clock from src/port",
    where: "house",
  },
  {
    rule: "clock",
    pattern: /(?<![.\w$])Date\b|\bperformance\.\w|\bprocess\.(?:hrtime|uptime)\b/g,
    instead: "take the time from the entry or from a clock of src/port",
    where: "house",
  },
  {
    rule: "chance",
    pattern: /\bMath\.random\b|\b(?:randomUUID|randomBytes|randomInt|getRandomValues)\b/g,
    instead: "take chance from src/port",
    where: "house",
  },
  {
    rule: "builtin",
    pattern: /\bgetBuiltinModule\b|\bcreateRequire\b|(?<![.\w$])require\s*\(/g,
    instead: "import it, where tidy sees it",
    where: "source",
  },
  {
    rule: "shell",
    pattern: /(?<![.\w$])exec(?:Sync)?\s*\(|\bshell\s*:\s*(?:true|["'`])/g,
    instead: "pass an argument list to the spawn port",
    where: "source",
  },
  {
    rule: "evaluate",
    pattern: /(?<![.\w$])eval\s*\(|\bnew\s+Function\b/g,
    instead: "use core/expression",
    where: "source",
  },
  {
    rule: "console",
    pattern: /(?<![.\w$])console\./g,
    instead: "write through the one sink for outgoing text",
    where: "source",
  },
  { rule: "process", pattern: /(?<![.\w$])process\./g, instead: "core has no surroundings", where: "core" },
  { rule: "default-export", pattern: /\bexport\s+default\b/g, instead: "export it by name", where: "source" },
  {
    rule: "export-star",
    pattern: /\bexport\s+(?:type\s+)?\*/g,
    instead: "list the exported names",
    where: "source",
  },
  {
    rule: "any",
    pattern: /(?:[:<,|&=[(]|\bas|=>)\s*any\b(?!\s*[(:.?])/g,
    instead: "use unknown and narrow it",
    where: "source",
  },
];

export type Exemption = {
  readonly file: string;
  readonly rule: string;
  /** Only for rule "function-length": the function that may be long. */
  readonly name?: string;
  readonly reason: string;
};

/** One line each. An exemption that nothing needs any more fails the test as well. */
export const EXEMPTIONS: readonly Exemption[] = [
  { file: "src/port/kept-code.ts", rule: "builtin", reason: "loads the files that all imports come from" },
  { file: "src/port/load-now.ts", rule: "builtin", reason: "loads what few runs need, without waiting" },
  {
    file: "src/host/embedded/database.ts",
    rule: "shell",
    reason: "exec of SQLite: fixed statements, no process",
  },
];
