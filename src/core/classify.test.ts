import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { chance } from "../../test/support/chance.ts";
import { type Classified, classify, type Printed } from "./classify.ts";
import { ERROR_ACTIONS, type ErrorTable } from "./error-rule.ts";
import { ANY_PROGRAM, DEPLOY, GIT, HUGO, NETWORK, NPM, TESTS } from "./error-tables.ts";
import { FAILURE_CLASSES } from "./outcome.ts";

interface Case {
  readonly name: string;
  readonly exit_code: number;
  readonly accept_class: readonly string[];
  readonly accept_action: readonly string[];
  readonly must_name_files?: readonly string[];
}

const DATA = join(import.meta.dirname, "../../test/data");

function casesOf(folder: string): readonly (Case & Printed)[] {
  const read = (name: string) => {
    const path = join(DATA, folder, name);
    return existsSync(path) ? readFileSync(path, "utf8") : "";
  };
  return (JSON.parse(read("index.json")) as readonly Case[]).map((one) => ({
    ...one,
    exitCode: one.exit_code,
    stdout: read(`${one.name}.stdout.txt`),
    stderr: read(`${one.name}.stderr.txt`),
  }));
}

const HUGO_CASES = casesOf("hugo-errors");
const COMMAND_CASES = casesOf("command-errors");
const ALL = [...HUGO_CASES, ...COMMAND_CASES];

/** The tables for the program by whose name a case begins. */
function tablesFor(name: string): readonly ErrorTable[] {
  if (/^(aws|s3|cf)-/.test(name)) return [DEPLOY, NETWORK];
  if (name.startsWith("git-")) return [GIT, NETWORK];
  return [TESTS, NPM, NETWORK];
}

function accepts(one: Case, found: Classified | null): void {
  const { class: failureClass = "none", action = "none" } = found ?? {};
  assert.ok(one.accept_class.includes(failureClass), `${one.name}: class ${failureClass}`);
  assert.ok(one.accept_action.includes(action), `${one.name}: action ${action}`);
  for (const file of one.must_name_files ?? [])
    assert.ok(found?.message.includes(file), `${one.name}: ${file}`);
}

describe("the class of a failure is read off what was printed", () => {
  test("of every recorded build of hugo", () => {
    assert.equal(HUGO_CASES.length, 33);
    for (const one of HUGO_CASES) accepts(one, classify([HUGO, NETWORK], one));
  });

  test("of every recorded command, by the table of its program", () => {
    assert.equal(COMMAND_CASES.length, 30);
    for (const one of COMMAND_CASES) accepts(one, classify(tablesFor(one.name), one));
  });

  test("and by all tables at once, where nobody knows which program it was", () => {
    for (const one of ALL) accepts(one, classify(ANY_PROGRAM, one));
  });

  test("what failed is told by the line that says it, without what is said anyway", () => {
    const of = (name: string) => {
      const found = ALL.find((one) => one.name === name);
      assert.ok(found);
      return classify(ANY_PROGRAM, found);
    };
    assert.equal(of("aws-no-credentials")?.message, "Unable to locate credentials");
    assert.deepEqual(of("aws-no-credentials")?.evidence, ["fatal error: Unable to locate credentials"]);
    assert.match(
      of("shortcode-not-found")?.message ?? "",
      /^"\/site\/content\/blog\/summer-auto-promo.md:8:1": failed to extract shortcode: template for shortcode "quote-form" not found$/,
    );
    assert.equal(of("site-dir-missing")?.message, "open /no-such-site: no such file or directory");
  });

  test("a success says nothing, unless the program itself says that something is open", () => {
    const success = { exitCode: 0, stdout: "An error occurred (AccessDenied)\nnot ok 1", stderr: "fatal: x" };
    assert.equal(classify(ANY_PROGRAM, success), null);
    const status = { exitCode: 0, stdout: "Unmerged paths:\n\tboth modified:   a b.md\n", stderr: "" };
    assert.deepEqual(classify([GIT], status)?.files, ["a b.md"]);
  });

  test("of what nobody knows the last line is told, of silence nothing", () => {
    const told = classify(ANY_PROGRAM, { exitCode: 3, stdout: "done\n", stderr: "first\nlast words\n\n" });
    assert.deepEqual(told, {
      class: "unknown",
      action: "escalate",
      message: "last words",
      hasWords: false,
      evidence: ["last words"],
      files: [],
      isKnown: false,
    });
    assert.deepEqual(classify([], { exitCode: null, stdout: "", stderr: "" })?.evidence, []);
  });

  test("a table before another one counts first, with patterns and words of its own", () => {
    const own: ErrorTable = [
      { class: "no_disk", action: "escalate", lines: [{ pattern: "E\\d+" }], message: "Call the desk" },
    ];
    const find = (pattern: string, line: string) => new RegExp(pattern).test(line);
    const printed = { exitCode: 1, stdout: "", stderr: "E17: Could not resolve host: x\n" };
    const found = classify([own, NETWORK], printed, find);
    assert.deepEqual([found?.class, found?.message, found?.hasWords], ["no_disk", "Call the desk", true]);
    assert.equal(classify([own, NETWORK], printed)?.class, "transient");
  });
});

describe("whatever is printed", () => {
  const random = chance(20260119);
  const pieces = ALL.flatMap(({ stdout, stderr }) => `${stdout}\n${stderr}`.split("\n"));
  const noise = [
    "",
    "\0",
    "CONFLICT (",
    "): ",
    "\uD800",
    "x".repeat(9_000),
    "An error occurred (",
    "not ok ",
  ];
  const text = () =>
    Array.from({ length: random.below(30) }, () => random.pick(random.below(3) === 0 ? noise : pieces)).join(
      random.pick(["\n", "\r\n", "\r"]),
    );

  test("the class is a known one, and the order of the lines does not change it", () => {
    for (let round = 0; round < 300; round++) {
      const exitCode = random.pick([0, 1, 255, null]);
      const [stdout, stderr] = [text(), text()];
      const found = classify(ANY_PROGRAM, { exitCode, stdout, stderr });
      if (found === null) continue;
      assert.ok((FAILURE_CLASSES as readonly string[]).includes(found.class), found.class);
      assert.ok(ERROR_ACTIONS.includes(found.action) && found.evidence.length <= 10);
      const turned = stderr.split(/\r\n|[\n\r]/).toReversed();
      const other = classify(ANY_PROGRAM, { exitCode, stdout: turned.join("\n"), stderr: stdout });
      assert.equal(other?.class, found.class, `seed ${random.seed}, round ${round}`);
    }
  });

  test("a long text costs no more than what is looked at of it", () => {
    const line = `${"CONFLICT (x): a ".repeat(60)}\n`;
    const huge = line.repeat(Math.ceil(32_000_000 / line.length));
    const began = process.cpuUsage();
    const found = classify(ANY_PROGRAM, {
      exitCode: 1,
      stdout: huge,
      stderr: `${huge}fatal: not a git repository`,
    });
    assert.equal(found?.class, "git_merge_conflict");
    assert.ok(process.cpuUsage(began).user < 2_000_000);
  });
});

test("a line that ends where it should name a file names none", () => {
  const stdout = "CONFLICT (content): Merge conflict in \n";
  const found = classify([GIT], { exitCode: 1, stdout, stderr: "" }, () => false);
  assert.deepEqual([found?.class, found?.files], ["git_merge_conflict", []]);
});

test("a rule may say where the name of a file ends", () => {
  const table: ErrorTable = [
    { class: "stale", action: "retry", lines: [{ parts: ["in '", "'"], file: ["in '", "'"] }] },
  ];
  const printed = { exitCode: 1, stdout: "broken in 'a b.md' again\n", stderr: "" };
  assert.deepEqual(classify([table], printed, () => false)?.files, ["a b.md"]);
});
