import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, it } from "node:test";
import { functionsOf, importsOf, readSource, type Source } from "./tidy/lexer.ts";
import { coverageIgnores, type Finding, findAll, roomOf, withoutExempt } from "./tidy/rules.ts";
import { LINES_MAX, ROOMS } from "./tidy/walls.ts";

const root = join(import.meta.dirname, "..");
const sources = readSources();

describe("the house is tidy", () => {
  it("sees every file that it should see", (t) => {
    const tracked = trackedFiles();
    if (tracked === null) return t.skip("not a git checkout");
    const expected = tracked.filter(
      (file) => /^(?:src|test)\/.*\.ts$/.test(file) && !file.includes("/fixtures/"),
    );
    assert.deepEqual(sources.map(({ file }) => file).sort(), expected.sort());
    for (const room of ROOMS.filter((room) => holdsFiles(join(root, "src", room))))
      assert.ok(
        sources.some(({ file }) => roomOf(file) === room),
        `no source seen in src/${room}`,
      );
    assert.ok(sources.some(({ file }) => file === "src/main.ts"));
    assert.ok(sources.some(({ file }) => roomOf(file) === "core"));
  });

  it("keeps rooms, bans, lengths and comments", (t) => {
    assert.deepEqual(withoutExempt(findAll(sources)).map(line), []);
    const ignored = sources.filter(({ file }) => file.startsWith("src/")).flatMap(coverageIgnores).length;
    t.diagnostic(`${sources.length} files, ${ignored} exhaustive defaults left out of coverage`);
  });

  it("names no place of the machine it was written on, and no registry", (t) => {
    const tracked = trackedFiles();
    if (tracked === null) return t.skip("not a git checkout");
    const places = placesOfThisMachine();
    const found = tracked.flatMap((file) => {
      const text = readFileSync(join(root, file), "utf8");
      if (text.includes("\0")) return [];
      return leaksIn(text, places).map((leak) => `${file}: ${leak}`);
    });
    assert.deepEqual(found, []);
  });
});

describe("tidy's own rules fire", () => {
  const long = (count: number, text = "const x = 1;") => `${text}\n`.repeat(count);
  const PROOFS: readonly (readonly [rule: string, file: string, text: string])[] = [
    ["room", "src/attic/box.ts", ""],
    ["room", "src/loose.ts", ""],
    ["wall", "src/core/run.ts", 'import type { A } from "../spec/a.ts";'],
    ["wall", "src/core/run.ts", 'import type { Host } from "../host/host.ts";'],
    ["wall", "src/spec/read.ts", 'export { a } from "../cli/a.ts";'],
    ["wall", "src/host/x.ts", 'const a = await import("../arm/a.ts");'],
    ["wall", "src/host/embedded/x.ts", 'import { a } from "../postgres/a.ts";'],
    ["wall", "src/host/x.ts", 'import { a } from "../../test/support/a.ts";'],
    ["wall", "src/host/x.ts", 'import {\n  a,\n} from "./x.suite.ts";'],
    ["core", "src/core/run.ts", 'import { createHash } from "node:crypto";'],
    ["effect", "src/spec/read.ts", 'import { readFile } from "node:fs/promises";'],
    ["effect", "src/git/git.ts", 'import { spawn } from "child_process";'],
    ["port-types", "src/host/host.ts", "export const limit = 3;"],
    ["port-types", "src/driver/driver.ts", 'import { must } from "../core/invariant.ts";'],
    ["timer", "src/arm/loop.ts", "setTimeout(go, 5);"],
    ["timer", "src/arm/loop.ts", "const signal = AbortSignal.timeout(5);"],
    ["clock", "src/core/run.ts", "const now = Date.now();"],
    ["clock", "src/cli/board/board.ts", "const at = new Date(at);"],
    ["clock", "src/cli/board/board.ts", "const now = performance.now();"],
    ["chance", "src/core/id.ts", "const x = Math.random();"],
    ["chance", "src/host/id.ts", "const id = `a-$" + "{crypto.randomUUID()}`;"],
    ["builtin", "src/cli/a.ts", 'const fs = process.getBuiltinModule("node:fs");'],
    ["shell", "src/port/spawn.ts", "spawn(file, words, { shell: true });"],
    ["shell", "src/port/spawn.ts", "exec(`ls $" + "{folder}`);"],
    ["evaluate", "src/core/expression/expression.ts", 'const f = new Function("x", text);'],
    ["console", "src/spec/read.ts", 'console.log("x");'],
    ["process", "src/core/run.ts", "const { env } = process.env;"],
    ["default-export", "src/spec/read.ts", "export default function read() {}"],
    ["export-star", "src/index.ts", 'export * from "./core/run.ts";'],
    ["any", "src/spec/read.ts", "const a = b as any;"],
    ["any", "src/spec/read.ts", "const a: Map<string, any> = b;"],
    ["silencer", "src/spec/read.ts", "// @ts-ignore\nconst a = 1;"],
    ["silencer", "src/spec/read.ts", "/* biome-ignore lint: so */ const a = 1;"],
    ["open-work", "test/a.test.ts", "// TO" + "DO later"],
    ["coverage", "src/core/run.ts", "/* node:coverage ignore next */\nif (a) b();"],
    ["coverage", "src/core/run.ts", "/* node:coverage disable */"],
    ["file-length", "src/core/run.ts", long(LINES_MAX.source + 1)],
    ["file-length", "test/a.test.ts", long(LINES_MAX.test + 1)],
    [
      "function-length",
      "src/core/run.ts",
      `export function a(): { b: 1 } {\n${long(LINES_MAX.function - 1)}}`,
    ],
    ["function-length", "src/core/run.ts", `const a = (b: B): C => {\n${long(LINES_MAX.function - 1)}};`],
    ["function-length", "src/core/run.ts", `class A {\n  b<T>(c: T): Promise<{ d: T }> {\n${long(59)}  }\n}`],
  ];
  for (const [rule, file, text] of PROOFS) {
    it(`${rule}: ${file} with ${text.slice(0, 60).split("\n")[0] || "nothing"}`, () => {
      assert.deepEqual([...new Set(rulesOf([readSource(file, text)]))], [rule]);
    });
  }

  it("cycle: also through types, and reported once", () => {
    const findings = rulesOf([
      readSource("src/core/a.ts", 'import type { B } from "./b.ts";'),
      readSource("src/core/b.ts", 'import { c } from "./c.ts";'),
      readSource("src/core/c.ts", 'export type { A } from "./a.ts";'),
    ]);
    assert.deepEqual(findings, ["cycle"]);
  });

  it("exemption: covers its finding, and fails when nothing needs it", () => {
    const exemptions = [{ file: "src/core/a.ts", rule: "file-length", reason: "a table" }];
    const findings = findAll([readSource("src/core/a.ts", long(LINES_MAX.source + 1))]);
    assert.deepEqual(withoutExempt(findings, exemptions), []);
    assert.deepEqual(
      withoutExempt([], exemptions).map(({ rule }) => rule),
      ["exemption"],
    );
  });

  it("leaks: places and registries", () => {
    const place = ["", "quarry", ""].join("/");
    assert.equal(leaksIn(`see ${place}main/x`, ["quarry"]).length, 1);
    assert.equal(leaksIn(`https://registry.${"npmjs"}.org/zod`, []).length, 1);
    assert.equal(leaksIn('"resolved": "x"'.replace("x", "https://host/zod.tgz"), []).length, 1);
    assert.deepEqual(leaksIn("../quarry/x src/quarry/x", ["quarry"]), []);
  });
});

describe("tidy's own rules leave good code alone", () => {
  const GOOD: readonly (readonly [file: string, text: string])[] = [
    ["src/core/run.ts", '// Date.now() is banned here, see "setTimeout"\nconst text = "Date.now()";'],
    ["src/core/run.ts", "const text = `Math.random() $" + "{`console.log $" + "{1}`} exec(`;"],
    ["src/core/run.ts", "const found = /Date|console\\.[/]/.exec(text);\nconst half = total / 2 / 3;"],
    ["src/core/run.ts", 'const format = new Intl.DateTimeFormat("en", {});'],
    ["src/core/run.ts", "const first = Promise.any(all);\nconst rule = { any: 1 };"],
    ["src/host/embedded/x.ts", "database.exec(sql);\nclock.setTimeout(go, 5);"],
    [
      "src/spec/read.ts",
      'import type { Stats } from "node:fs";\nimport type { Host } from "../host/host.ts";',
    ],
    ["src/port/clock.ts", "export const now = () => Date.now();\nsetTimeout(go, 1);"],
    ["src/app.ts", 'const { run } = await import("./cli/commands/run.ts");'],
    [
      "src/core/run.ts",
      "switch (a) {\n  /* node:coverage ignore next */\n  default:\n    a satisfies never;\n}",
    ],
    ["src/core/run.test.ts", 'import { readFileSync } from "node:fs";\nDate.now();'],
    ["src/core/run.ts", `if (a) {\n${"b();\n".repeat(80)}}`],
    ["src/exchange/todo.ts", "// Reads TO" + "DO.md and writes it back."],
  ];
  for (const [file, text] of GOOD) {
    it(`${file} with ${text.slice(0, 60).split("\n")[0]}`, () => {
      assert.deepEqual(findAll([readSource(file, text)]).map(line), []);
    });
  }

  it("reads imports over lines, and functions with their names", () => {
    const source = readSource(
      "src/core/a.ts",
      'import {\n  type A,\n} from "./a.ts";\nimport "./b.ts";\nexport type { C } from "./c.ts";\n' +
        "function one(a: A): a is B {\n}\nconst two = async (): Promise<void> => {\n};\nclass X { #three(): void {} }\n" +
        "const four = a ? b(c) : { d };\nfor (const e of f) {\n}\n",
    );
    assert.deepEqual(
      importsOf(source).map(({ from, isTypeOnly }) => [from, isTypeOnly]),
      [
        ["./a.ts", false],
        ["./b.ts", false],
        ["./c.ts", true],
      ],
    );
    assert.deepEqual(
      functionsOf(source)
        .map(({ name }) => name)
        .sort(),
      ["#three", "one", "two"],
    );
  });
});

function readSources(): readonly Source[] {
  return ["src", "test"]
    .flatMap((folder) => readdirSync(join(root, folder), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .filter((file) => !file.includes("/fixtures/") && !file.includes("/node_modules/"))
    .map((file) => readSource(file, readFileSync(join(root, file), "utf8")));
}

function holdsFiles(folder: string): boolean {
  return (
    existsSync(folder) &&
    readdirSync(folder, { recursive: true }).some((name) => String(name).endsWith(".ts"))
  );
}

/** What git keeps or would keep; null outside a checkout. */
function trackedFiles(): string[] | null {
  try {
    const words = ["ls-files", "--cached", "--others", "--exclude-standard", "-z"];
    const listed = execFileSync("git", words, { cwd: root, encoding: "utf8", stdio: "pipe" }).split("\0");
    return [...new Set(listed)].filter((file) => file !== "" && isFile(join(root, file)));
  } catch {
    return null;
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

/** Folders at the top of this machine that other machines do not have. */
function placesOfThisMachine(): readonly string[] {
  const common =
    "app bin boot builds code data dev etc github home lib lib32 lib64 libx32 lost+found media mnt nix opt private " +
    "proc project repo root run sbin snap src srv sys tmp usr var workspace Applications Library System Users Volumes";
  return readdirSync("/", { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
    .map((entry) => entry.name)
    .filter((name) => !common.split(" ").includes(name));
}

function leaksIn(text: string, places: readonly string[]): readonly string[] {
  const leaks = places.flatMap((place) => {
    const pattern = new RegExp(`(?<![\\w.)}-])/${place.replace(/\W/g, "\\$&")}(?=[/"'\`\\s]|$)`, "m");
    return pattern.test(text) ? [`names a place of this machine, ${place}`] : [];
  });
  if (/registry\.(?:npmjs|yarnpkg)\./.test(text)) leaks.push("names a registry");
  if (/"resolved":\s*"https?:/.test(text)) leaks.push("names a download address");
  return leaks;
}

function rulesOf(read: readonly Source[]): readonly string[] {
  return findAll(read).map(({ rule }) => rule);
}

function line({ rule, file, line, text }: Finding): string {
  return `${file}:${line} [${rule}] ${text}`;
}
