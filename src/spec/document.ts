/**
 * Raw values → the definition: what enters the digest and what is linked. Reserved names, sizes, depth and numbers
 * are checked, `x-` keys dropped, keys sorted (but where written order means something), so that one walk gives
 * both the canonical text and the value everything else reads.
 */
import { type Json, type JsonMap, RESERVED_KEYS } from "../core/json.ts";
import { beyond, LIMITS, most } from "../core/limits.ts";
import type { Findings } from "./findings.ts";
import type { Path } from "./source.ts";

/** Maps of names chosen by the writer, whose order means something or is shown. */
const ORDERED: ReadonlySet<string> = new Set(["params", "variables", "env", "outputs", "matrix"]);
/** Below these keys lies data, where a key that starts with x- is a key like any other. */
const DATA: ReadonlySet<string> = new Set([
  "default",
  "enum",
  "output_schema",
  "show",
  "fields",
  "items",
  "include",
  "exclude",
]);
/** The direct keys of these are the language's or the writer's names; the values below are data. */
const NAMED: ReadonlySet<string> = new Set(["parameters", "variables", "matrix", "env"]);
/** What a group's parameters hold is language again. */
const GROUP_KEYS: ReadonlySet<string> = new Set(["tasks", "hooks", "outputs", "settings"]);

/** What a map's keys are: the language's, data's, or names with data below. */
type Mode = "language" | "data" | "names" | "group";

export function tidy(raw: unknown, findings: Findings): Json {
  return new Walk(findings).value(raw, "language", "");
}

class Walk {
  private readonly findings: Findings;
  private readonly path: (string | number)[] = [];
  private readonly nodesMax: number;
  private readonly depthMax: number;
  private nodes = 0;

  constructor(findings: Findings) {
    this.findings = findings;
    this.nodesMax = most(LIMITS.nodes, findings.limits);
    this.depthMax = most(LIMITS.depth, findings.limits);
  }

  value(raw: unknown, mode: Mode, key: string): Json {
    this.nodes += 1;
    if (this.nodes === this.nodesMax + 1)
      this.add("E_TOO_LARGE", beyond(LIMITS.nodes, this.findings.limits), "use foreach");
    if (this.nodes > this.nodesMax) return null;
    if (typeof raw === "string") return this.text(raw);
    if (typeof raw === "number") return this.number(raw, mode);
    if (typeof raw !== "object" || raw === null) return raw as Json;
    if (this.path.length > this.depthMax) {
      this.add("E_DEPTH", beyond(LIMITS.depth, this.findings.limits));
      return null;
    }
    return Array.isArray(raw)
      ? this.list(raw, mode)
      : this.map(raw as Readonly<Record<string, unknown>>, mode, key);
  }

  private list(raw: readonly unknown[], mode: Mode): Json {
    const list: Json[] = [];
    for (let index = 0; index < raw.length; index += 1) {
      this.path.push(index);
      list.push(
        this.value(raw[index], mode === "data" ? "data" : mode === "names" ? "data" : "language", ""),
      );
      this.path.pop();
    }
    return list;
  }

  private map(raw: Readonly<Record<string, unknown>>, mode: Mode, under: string): JsonMap {
    const keys = Object.keys(raw);
    const { limits } = this.findings;
    if (keys.length > most(LIMITS.mapKeys, limits)) {
      this.add("E_TOO_LARGE", `${beyond(LIMITS.mapKeys, limits)}, this one has ${keys.length}`);
      return {};
    }
    if (mode === "data" || !ORDERED.has(under)) keys.sort();
    const isGroup = mode === "language" && raw.agent === "group";
    const map: Record<string, Json> = {};
    for (const key of keys) {
      if (RESERVED_KEYS.has(key)) this.reserved(key);
      else if (mode === "data" || !key.startsWith("x-")) {
        this.path.push(key);
        map[key] = this.value(raw[key], childMode(mode, key, isGroup), key);
        this.path.pop();
      }
    }
    return map;
  }

  private text(text: string): string {
    if (!text.isWellFormed())
      this.add("E_ENCODING", "the text holds half of a character", "write the character itself");
    return text;
  }

  /** Fields of the language have ranges of their own; elsewhere a number must at least be one that JSON can keep. */
  private number(value: number, mode: Mode): number {
    if (mode !== "data") return value;
    if (!Number.isFinite(value)) {
      this.add("E_RANGE", `${this.written(value)} is not a number that can be kept`, "write it in quotes");
    } else if (
      Number.isInteger(value) &&
      Math.abs(value) > Number.MAX_SAFE_INTEGER &&
      Math.abs(value) < 1e21
    ) {
      this.add("E_TYPE", `${this.written(value)} has more digits than a number keeps`, "write it in quotes");
    }
    return value;
  }

  private written(value: number): string {
    return this.findings.source?.written(this.path) ?? String(value);
  }

  private reserved(key: string): void {
    const path: Path = [...this.path, key];
    this.findings.add(
      "E_RESERVED_NAME",
      { path, part: "key" },
      { message: `"${key}" cannot be a name`, hint: "take another name" },
    );
  }

  private add(
    code: "E_TOO_LARGE" | "E_DEPTH" | "E_ENCODING" | "E_RANGE" | "E_TYPE",
    message: string,
    hint?: string,
  ): void {
    this.findings.add(code, { path: [...this.path] }, { message, hint });
  }
}

function childMode(mode: Mode, key: string, isGroup: boolean): Mode {
  if (mode === "data" || mode === "names") return "data";
  if (mode === "group") return GROUP_KEYS.has(key) ? "language" : "data";
  if (DATA.has(key)) return "data";
  if (key === "parameters" && isGroup) return "group";
  return NAMED.has(key) ? "names" : "language";
}
