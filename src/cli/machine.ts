/** What of this machine decapod stands on: programs, who pays, clock, PATH. */
import { platform } from "node:os";
import { isAbsolute, resolve } from "node:path";
import { instant } from "../core/calendar.ts";
import { CLAUDE } from "../driver/agent/product.ts";
import { findProgram } from "../driver/agent/program.ts";
import { loginOf } from "../driver/claude/login.ts";
import { connect } from "../host/embedded/database.ts";
import { sqliteProblem } from "../host/embedded/open-journal.ts";
import { capture } from "../port/spawn.ts";
import { readUserSettings } from "../spec/user-file.ts";
import { type Check, checked, well, wrong } from "./checks.ts";
import type { Context } from "./context.ts";
import type { Keeping } from "./keeping.ts";

export async function machineChecks(context: Context, keeping: Keeping): Promise<readonly Check[]> {
  return [
    checked("runtime", runtime),
    await git(context),
    ...(await agents(context, keeping)),
    checked("clock", () => clock(context)),
    checked("path", () => path(context, keeping)),
  ];
}

function runtime(): Check {
  const database = connect(":memory:", { readOnly: false });
  try {
    const version = String(database.prepare("select sqlite_version()").get()?.[0]);
    const problem = sqliteProblem(database);
    const text = `Node ${process.versions.node}, SQLite ${version}`;
    return problem === null ? well("runtime", text) : wrong("runtime", problem.message, problem.hint ?? "");
  } finally {
    database.close();
  }
}

const ASKING = { timeoutMs: 10_000, bytesMax: 4096 } as const;

async function git({ application }: Context): Promise<Check> {
  const { git: program } = application.programs(["git"]);
  if (program === undefined) return well("git", "not in PATH; decapod works without it");
  const environment = { PATH: application.environment.PATH ?? "" };
  const { code, stdout } = await capture([program, "--version"], { folder: "/", environment, ...ASKING });
  if (code === 0) return well("git", `${Buffer.from(stdout).toString("utf8").trim()} (${program})`);
  return wrong("git", `${program} does not answer`, "install git anew, or take it out of PATH");
}

/** Known versions of the person's own configuration and of this one command count, as for a run. */
async function agents({ application }: Context, { project }: Keeping): Promise<readonly Check[]> {
  const { environment, files } = application;
  const user = readUserSettings(environment, project.root, files);
  if (!user.ok) {
    const [problem] = user.problems;
    return [wrong("agents", problem?.message ?? "", problem?.hint ?? "look at your config.yaml")];
  }
  const { program, versions, login } = user.value.agents["claude-code"];
  const claude = findProgram({
    product: CLAUDE,
    files,
    environment,
    projectRoot: project.root,
    program,
    versions,
    capture,
  });
  const found = await claude.ready();
  const [problem] = found.ok ? [] : found.problems;
  if (problem?.code === "E_DRIVER_MISSING")
    return [
      well("agents", `${problem.message}: scripts and rehearsals run, roles do not`, problem.hint ?? null),
    ];
  if (!found.ok) return [wrong("agents", problem?.message ?? "", problem?.hint ?? "")];
  const paid = loginOf(environment, login, files, platform() === "darwin");
  const [unpaid] = paid.ok ? [] : paid.problems;
  return [
    well("agents", `claude (${found.value})`),
    unpaid === undefined
      ? well("auth", "claude has credentials; whether they are good shows with the first task")
      : wrong("auth", unpaid.message, unpaid.hint ?? ""),
  ];
}

/** The beginning of 2026: before this was written nobody could run it. */
const EARLIEST_MS = 1_767_225_600_000;

function clock({ application }: Context): Check {
  const now = application.clock.wall();
  if (now >= EARLIEST_MS) return well("clock", instant(now));
  return wrong("clock", `the clock says ${instant(now)}`, "set it; schedules and expiries go by it");
}

function path({ application }: Context, { project }: Keeping): Check {
  const { files, environment } = application;
  const entries = (environment.PATH ?? "").split(":");
  const inside = (entry: string) => `${resolve(entry)}/`.startsWith(`${project.root}/`);
  // Everybody may write, and nothing keeps others from replacing what lies there.
  const isOpen = (entry: string) => {
    const stat = files.statTarget(entry);
    return stat !== null && (stat.mode & 0o002) !== 0 && (stat.mode & 0o1000) === 0;
  };
  const relative = entries.filter((entry) => !isAbsolute(entry));
  const open = entries.filter((entry) => isAbsolute(entry) && isOpen(entry));
  if (open.length > 0)
    return wrong(
      "path",
      `anybody may put programs into ${open.join(", ")}`,
      "chmod o-w, or take it out of PATH",
    );
  const left = [
    ...relative.map((entry) => entry || "(empty)"),
    ...entries.filter((entry) => isAbsolute(entry) && inside(entry)),
  ];
  const counted = `${entries.length} folders`;
  return well("path", left.length === 0 ? counted : `${counted}; not for tasks: ${left.join(", ")}`);
}
