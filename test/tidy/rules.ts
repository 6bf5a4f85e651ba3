import { posix } from "node:path";
import { functionsOf, importsOf, lineAt, type Source } from "./lexer.ts";
import {
  BANS,
  type Ban,
  EXEMPTIONS,
  JOINTS,
  LINES_MAX,
  PORT_FILES,
  PORT_MODULES,
  ROOMS,
  SINGLE_FILE_ROOMS,
  STRANGERS,
} from "./walls.ts";

export type Finding = {
  readonly rule: string;
  readonly file: string;
  readonly line: number;
  readonly text: string;
  /** The function's name, for rules about functions. */
  readonly name?: string;
};

export function findAll(sources: readonly Source[]): readonly Finding[] {
  const findings = sources.flatMap((source) => [
    ...wrongRoom(source),
    ...wrongImports(source),
    ...valuesInPort(source),
    ...bannedWords(source),
    ...bannedComments(source),
    ...tooLong(source),
  ]);
  return [...findings, ...cycles(sources)];
}

/** What no exemption covers, and the exemptions that cover nothing. */
export function withoutExempt(findings: readonly Finding[], exemptions = EXEMPTIONS): readonly Finding[] {
  const isCovered = (finding: Finding, { file, rule, name }: (typeof exemptions)[number]) =>
    finding.file === file && finding.rule === rule && (name === undefined || finding.name === name);
  const left = findings.filter((finding) => !exemptions.some((exemption) => isCovered(finding, exemption)));
  const stale = exemptions
    .filter((exemption) => !findings.some((finding) => isCovered(finding, exemption)))
    .map(({ file, rule }) => ({
      rule: "exemption",
      file,
      line: 1,
      text: `the exemption from "${rule}" is no longer needed; remove it`,
    }));
  return [...left, ...stale];
}

export function roomOf(file: string): string | null {
  const [top, first = "", ...rest] = file.split("/");
  if (top !== "src") return null;
  if (rest.length > 0) return (ROOMS as readonly string[]).includes(first) ? first : null;
  const room = first.replace(/(?:\.test|\.suite)?\.ts$/, "");
  return SINGLE_FILE_ROOMS.includes(room) ? room : null;
}

export function isTestFile(file: string): boolean {
  return file.startsWith("test/") || /\.(?:test|suite)\.ts$/.test(file);
}

function isSource({ file }: Source): boolean {
  return file.startsWith("src/") && !isTestFile(file);
}

function wrongRoom(source: Source): readonly Finding[] {
  const { file } = source;
  if (!file.startsWith("src/") || roomOf(file) !== null) return [];
  return [{ rule: "room", file, line: 1, text: "is in no room of the list in test/tidy/walls.ts" }];
}

function wrongImports(source: Source): readonly Finding[] {
  if (!isSource(source)) return [];
  const { file } = source;
  const findings: Finding[] = [];
  for (const { from, line, isTypeOnly } of importsOf(source)) {
    const report = (rule: string, text: string) => findings.push({ rule, file, line, text });
    const room = roomOf(file);
    if (!from.startsWith(".")) {
      if (room === "core") report("core", `core imports nothing outside itself, not even ${from}`);
      else if (room !== "port" && PORT_MODULES.test(from) && !isTypeOnly)
        report("effect", `${from} belongs to src/port`);
      continue;
    }
    const target = posix.join(posix.dirname(file), from);
    const problem = wallBetween(file, target);
    if (problem !== null) report("wall", problem);
    if (PORT_FILES.includes(file) && !isTypeOnly) report("port-types", `imports ${target} as a value`);
  }
  return findings;
}

function wallBetween(file: string, target: string): string | null {
  const room = roomOf(file);
  const other = roomOf(target);
  if (room === null || target === "package.json") return null;
  if (other === null || isTestFile(target)) return `imports ${target}, which is not a source of the house`;
  if (STRANGERS.some((pair) => pair.some((one, at) => isBetween(one, pair[1 - at]))))
    return `imports ${target}: two hosts that must not know each other`;
  if (room === other || JOINTS.includes(room)) return null;
  if (PORT_FILES.includes(target) && room !== "core") return null;
  const order: readonly string[] = ROOMS;
  return order.indexOf(other) > order.indexOf(room) ? null : `${room} may not import ${other} (${target})`;

  function isBetween(one: string, two: string | undefined): boolean {
    return file.startsWith(one) && two !== undefined && target.startsWith(two);
  }
}

function valuesInPort({ file, code }: Source): readonly Finding[] {
  if (!PORT_FILES.includes(file)) return [];
  const value = /^(?:export\s+)?(?:(?:async\s+)?function|const|let|var|class)\b/gm;
  return [...code.matchAll(value)].map(({ index }) => ({
    rule: "port-types",
    file,
    line: lineAt(code, index),
    text: "a port file holds types only",
  }));
}

function bannedWords(source: Source): readonly Finding[] {
  if (!isSource(source)) return [];
  const { file, code } = source;
  return BANS.filter((ban) => holdsIn(ban, file)).flatMap(({ rule, pattern, instead }) =>
    [...code.matchAll(pattern)].map((match) => ({
      rule,
      file,
      line: lineAt(code, match.index),
      text: `"${match[0].trim()}" is banned here: ${instead}`,
    })),
  );
}

function holdsIn({ where }: Ban, file: string): boolean {
  const room = roomOf(file);
  return where === "source" || (where === "core" ? room === "core" : room !== "port");
}

function bannedComments(source: Source): readonly Finding[] {
  const { file, text, code, comments } = source;
  const findings: Finding[] = [];
  const report = (rule: string, offset: number, words: string) =>
    findings.push({ rule, file, line: lineAt(text, offset), text: words });
  for (const { index } of comments.matchAll(OPEN_WORK))
    report("open-work", index, "do it, or write it down elsewhere");
  if (!isSource(source)) return findings;
  for (const { index, 0: words } of comments.matchAll(SILENCERS))
    report("silencer", index, `${words}: repair what it hides`);
  for (const { index } of coverageIgnores(source)) {
    const next = code.slice(index).trimStart();
    if (!/^default:[\s\S]{0,200}?\bsatisfies never\b/.test(next))
      report("coverage", index, "only an exhaustive default (satisfies never) may be left out of coverage");
  }
  for (const { index } of comments.matchAll(/node:coverage (?:disable|enable)/g))
    report("coverage", index, "coverage is not switched off by the block");
  return findings;
}

const OPEN_WORK = /(?:\/\/|\*)\s*(?:TODO|FIXME|XXX)\b(?!\.md)|\b(?:TODO|FIXME)[:(]/g;
const SILENCERS = /@ts-(?:ignore|expect-error|nocheck)|biome-ignore/g;

export function coverageIgnores({ comments }: Source): readonly RegExpExecArray[] {
  return [...comments.matchAll(/\/\*\s*node:coverage ignore next/g)];
}

function tooLong(source: Source): readonly Finding[] {
  const { file, text } = source;
  const lines = text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
  const linesMax = isTestFile(file) ? LINES_MAX.test : LINES_MAX.source;
  const findings: Finding[] = [];
  if (lines > linesMax)
    findings.push({ rule: "file-length", file, line: 1, text: `${lines} lines, at most ${linesMax}` });
  if (!isSource(source)) return findings;
  for (const { name, line, lines } of functionsOf(source)) {
    if (lines <= LINES_MAX.function) continue;
    const text = `${name} has ${lines} lines, at most ${LINES_MAX.function}`;
    findings.push({ rule: "function-length", file, line, text, name });
  }
  return findings;
}

/** Every import counts, also of types and by `import()`: a knot of types binds rooms as tightly as one of calls. */
function cycles(sources: readonly Source[]): readonly Finding[] {
  const graph = new Map<string, readonly string[]>();
  for (const source of sources.filter(isSource)) {
    const folder = posix.dirname(source.file);
    const relative = importsOf(source).filter(({ from }) => from.startsWith("."));
    graph.set(source.file, [...new Set(relative.map(({ from }) => posix.join(folder, from)))]);
  }
  const findings: Finding[] = [];
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string) => {
    const start = path.indexOf(file);
    if (start !== -1) {
      const knot = [...path.slice(start), file];
      findings.push({ rule: "cycle", file, line: 1, text: knot.join(" → ") });
    }
    if (start !== -1 || done.has(file)) return;
    path.push(file);
    for (const target of graph.get(file) ?? []) visit(target);
    path.pop();
    done.add(file);
  };
  for (const file of graph.keys()) visit(file);
  return findings;
}
