/** The short names people see and type: `r-7k2m` for a run, `a-93fk` for a decision. */
import { shortId } from "../core/id.ts";
import type { Result } from "../core/problem.ts";
import { bad, good } from "../core/problem.ts";
import { sha256 } from "../port/hash.ts";
import { lettersOfHash } from "../work/key-run.ts";
import type { Reader } from "./application.ts";
import { clean } from "./print.ts";

const SUFFIX_LENGTH_MIN = 4;
const ID_LENGTH = 26;
const LETTERS = "0123456789abcdefghjkmnpqrstvwxyz";

/** `r-` and the shortest ending of at least 4 that no other run of the project has. */
export function shortRun(reader: Reader | null, run: string): string {
  for (let length = SUFFIX_LENGTH_MIN; length < run.length; length += 1) {
    const suffix = run.slice(-length);
    if (reader === null || reader.runsEnding(suffix).every((other) => other === run)) return `r-${suffix}`;
  }
  return `r-${run}`;
}

/** The same for runs that go on starting where nobody else starts any: the ids of the project are looked at once. */
export class RunNames {
  readonly #rivals: Map<string, string[]>;

  constructor(reader: Reader | null) {
    this.#rivals = Map.groupBy(reader?.runsEnding("") ?? [], endingOf);
  }

  of(run: string): string {
    const rivals = this.#rivals.get(endingOf(run)) ?? [];
    if (!rivals.includes(run)) this.#rivals.set(endingOf(run), [...rivals, run]);
    return shortId("r", run, rivals);
  }
}

function endingOf(run: string): string {
  return run.slice(-SUFFIX_LENGTH_MIN);
}

/** The same for many runs with one look at the ids of the project. */
export function shortRuns(reader: Reader, runs: readonly string[]): ReadonlyMap<string, string> {
  const rivals = Map.groupBy(reader.runsEndingIn([...new Set(runs.map(endingOf))]), endingOf);
  return new Map(runs.map((run) => [run, shortId("r", run, rivals.get(endingOf(run)) ?? [])]));
}

/** Whether a word that may name a workflow too is meant for a run. */
export function isRunName(word: string): boolean {
  return /^r-[0-9a-z]{4,26}$/i.test(word) || /^[0-7][0-9a-hjkmnp-tv-z]{25}$/i.test(word);
}

/** The run that `r-7k2m`, `7k2m` or a whole id names. */
export function findRun(reader: Reader, typed: string): Result<string> {
  const shown = clean(typed, 60);
  const suffix = typed.toLowerCase().replace(/^r-/, "");
  const isId = [...suffix].every((letter) => LETTERS.includes(letter)) && suffix.length <= ID_LENGTH;
  if (!isId || suffix.length < SUFFIX_LENGTH_MIN) {
    return bad({ code: "E_NOT_FOUND", message: `"${shown}" is no run`, hint: "decapod runs" });
  }
  const found = reader.runsEnding(suffix);
  const [only] = found;
  if (only === undefined) {
    return bad({
      code: "E_NOT_FOUND",
      message: `there is no run ${shown} in this project`,
      hint: "decapod runs",
    });
  }
  if (found.length === 1) return good(only);
  const longer = found.slice(0, 5).map((run) => shortRun(reader, run));
  return bad({
    code: "E_AMBIGUOUS",
    message: `${shown} means ${found.length} runs`,
    hint: longer.join(", "),
  });
}

/** What a decision is called, whole: made from the run and the decision's own id in it. */
export function decisionName(run: string, decision: string): string {
  return lettersOfHash(sha256(`decision\n${run}\n${decision}`));
}

/** `a-` and the shortest ending of at least 4 that none of the others has, for each of these names. */
export function shortDecisions(names: readonly string[]): readonly string[] {
  const endingOf = (name: string) => name.slice(-SUFFIX_LENGTH_MIN);
  const rivals = Map.groupBy(names, endingOf);
  return names.map((name) => shortId("a", name, rivals.get(endingOf(name)) ?? []));
}
