/** What of this machine decapod stands on: programs, who pays, clock, PATH. */
import { platform } from "node:os";
import { isAbsolute, resolve } from "node:path";
import { instant } from "../core/calendar.ts";
import { programHere } from "../driver/agent/here.ts";
import { findLogin } from "../driver/agent/login.ts";
import { PRODUCTS, type Product } from "../driver/agent/product.ts";
import type { Environment } from "../driver/agent/program.ts";
import { loginOf } from "../driver/claude/login.ts";
import { CODEX_LOGIN } from "../driver/codex/login.ts";
import { GEMINI_LOGIN } from "../driver/gemini/login.ts";
import { OPENCODE_LOGIN } from "../driver/opencode/login.ts";
import { connect } from "../host/embedded/database.ts";
import { sqliteProblem } from "../host/embedded/open-journal.ts";
import type { Files } from "../port/files.ts";
import { seen } from "../port/programs.ts";
import { capture } from "../port/spawn.ts";
import { refusing } from "../spec/permission-rules.ts";
import { readUserSettings } from "../spec/user-folder.ts";
import type { UserSettings } from "../spec/user-settings.ts";
import { type Check, checked, well, wrong } from "./checks.ts";
import type { Context } from "./context.ts";
import type { KeptPlace } from "./keeping.ts";

export async function machineChecks(context: Context, place: KeptPlace): Promise<readonly Check[]> {
  return [
    checked("runtime", runtime),
    await git(context),
    ...(await agents(context, place)),
    checked("clock", () => clock(context)),
    checked("path", () => path(context, place)),
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

/** Versions that the person's own configuration or this one command names count, as for a run. */
async function agents({ application }: Context, { root }: KeptPlace): Promise<readonly Check[]> {
  const { environment, files } = application;
  const user = readUserSettings(environment, root, files);
  if (!user.ok) {
    const [problem] = user.problems;
    return [wrong("agents", problem?.message ?? "", problem?.hint ?? "look at your config.yaml")];
  }
  const place = { environment, files, projectRoot: root, user: user.value };
  const asked = await Promise.all(
    PRODUCTS.map(async (product) => ({ product, answer: await programHere(product, place).ready() })),
  );
  const there = asked.filter(({ answer }) => answer.ok || answer.problems[0]?.code !== "E_DRIVER_MISSING");
  const [unknown] = there.flatMap(({ answer }) => (answer.ok ? [] : answer.problems));
  if (unknown !== undefined) return [wrong("agents", unknown.message, unknown.hint ?? "")];
  if (there.length === 0) return [noAgents()];
  const found = there.map(({ product, answer }) => `${product.command} (${answer.ok ? answer.value : ""})`);
  return [
    well("agents", found.join(", ")),
    isolation(user.value),
    credentials(
      there.map(({ product }) => product),
      place,
    ),
  ];
}

function noAgents(): Check {
  const names = PRODUCTS.map(({ command }) => command).join(", ");
  return well(
    "agents",
    `none of ${names} is in PATH (what lies inside the project does not count): scripts and rehearsals run, roles do not`,
    `${PRODUCTS[0]?.install}; or --rehearse plays the agents`,
  );
}

const PUSH = { tool: "Bash", about: "git push https://example.org/x" } as const;

/** Nothing here keeps commands from the network: that is said, and what a person can do about it. */
function isolation({ permissions }: UserSettings): Check {
  const told =
    "none: commands of agents run with your rights and reach the network (those of codex stay in its sandbox)";
  const rule = refusing(permissions, PUSH);
  if (rule !== null) return well("isolation", `${told}; you refuse ${rule}`);
  return well(
    "isolation",
    told,
    'permissions: { refuse: ["Bash(git push *)"] } in your configuration, or a container around decapod',
  );
}

interface Person {
  readonly environment: Environment;
  readonly files: Files;
  readonly user: UserSettings;
}

/** One that is paid for is enough: the others need not be used. */
function credentials(products: readonly Product[], person: Person): Check {
  const logins = products.map((product) => ({ product, login: loginHere(product, person) }));
  const paid = logins.filter(({ login }) => login.ok).map(({ product }) => product.command);
  const unpaid = logins.flatMap(({ login }) => (login.ok ? [] : login.problems));
  if (paid.length === 0) return wrong("auth", unpaid[0]?.message ?? "", unpaid[0]?.hint ?? "");
  const others = unpaid.map(({ message }) => `; ${message}`).join("");
  const have = paid.length === 1 ? "has" : "have";
  return well(
    "auth",
    `${paid.join(", ")} ${have} credentials; whether they are good shows with the first task${others}`,
  );
}

function loginHere({ driver }: Product, { environment, files, user }: Person) {
  const { login: setting } = user.agents[driver];
  switch (driver) {
    case "claude-code":
      return loginOf(environment, setting, files, platform() === "darwin");
    case "codex":
      return findLogin(CODEX_LOGIN, { environment, setting, files });
    case "gemini":
      return findLogin(GEMINI_LOGIN, { environment, setting, files });
    case "opencode":
      return findLogin(OPENCODE_LOGIN, { environment, setting, files });
    /* node:coverage ignore next */
    default:
      return driver satisfies never;
  }
}

/** The beginning of 2026: before this was written nobody could run it. */
const EARLIEST_MS = 1_767_225_600_000;

function clock({ application }: Context): Check {
  const now = application.clock.wall();
  if (now >= EARLIEST_MS) return well("clock", instant(now));
  return wrong("clock", `the clock says ${instant(now)}`, "set it; schedules and expiries go by it");
}

function path({ application }: Context, { root }: KeptPlace): Check {
  const { files, environment } = application;
  const entries = (environment.PATH ?? "").split(":");
  const inside = (entry: string) => `${resolve(entry)}/`.startsWith(`${root}/`);
  // Everybody may write, and nothing keeps others from replacing what lies there.
  const isOpen = (entry: string) => {
    const stat = seen(entry, files);
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
