/**
 * A person who answers the same request the same way again and again is told the rule that answers it for them. How often
 * they did is read from the journal; the rule is theirs to write, into a file that no project has.
 */
import type { Decision } from "../../core/effect.ts";
import type { AttemptRef, Entry } from "../../core/event.ts";
import { JournalFault } from "../../host/embedded/fault.ts";
import { isRule } from "../../spec/permission-rules.ts";
import { readUserSettings, userFilePath } from "../../spec/user-folder.ts";
import type { Application, Project, Reader } from "../application.ts";
import { clean } from "../print.ts";

export interface Proposal {
  readonly list: "allow" | "refuse";
  readonly rule: string;
  /** How often it was answered so, and never otherwise. */
  readonly times: number;
}

/** So many equal answers are a habit. */
const HABIT = 3;
/** How far back answers count. */
const EARLIER_RUNS = 100;
const RULE_MAX = 400;

/** Empty for what is no permission, was answered in more than one way, or has its rule. */
export function proposalsFor(
  application: Application,
  { root }: Project,
  reader: Reader,
  { wants = [] }: Pick<Decision, "wants">,
): readonly Proposal[] {
  if (wants.length === 0) return [];
  const user = readUserSettings(application.environment, root, application.files);
  const rules = user.ok ? user.value.permissions : { allow: [], refuse: [] };
  const known = new Set([...rules.allow, ...rules.refuse]);
  const given = answersIn(reader, new Set(wants));
  return wants.flatMap((rule): Proposal[] => {
    const [list, ...others] = new Set(given.get(rule));
    const times = given.get(rule)?.length ?? 0;
    const isHabit = list !== undefined && others.length === 0 && times >= HABIT;
    return isHabit && isRule(rule) && !known.has(rule) ? [{ list, rule, times }] : [];
  });
}

export function proposalLines(
  { environment }: Application,
  proposals: readonly Proposal[],
): readonly string[] {
  const path = userFilePath(environment);
  if (path === null) return [];
  return proposals.flatMap(({ list, rule, times }) => [
    `  ${list === "allow" ? "allowed" : "refused"} ${times} times and never otherwise; to be asked no more, put this into ${clean(path, RULE_MAX)}:`,
    `    permissions: { ${list}: [${clean(JSON.stringify(rule), RULE_MAX)}] }`,
  ]);
}

type Answers = Map<string, Proposal["list"][]>;

/** What people said to requests for these rules. */
function answersIn(reader: Reader, rules: ReadonlySet<string>): Answers {
  const given: Answers = new Map();
  const earlier = reader.runs({ parent: null, limit: EARLIER_RUNS }).filter(({ rehearse }) => !rehearse);
  // Of runs that asked nobody nothing is read.
  const asked = reader.asked(earlier.map(({ run }) => run));
  for (const { run } of asked) addAnswers(reader, run, { rules, given });
  return given;
}

interface Wanted {
  readonly rules: ReadonlySet<string>;
  readonly given: Answers;
}

function addAnswers(reader: Reader, run: string, { rules, given }: Wanted): void {
  const asked = new Map<string, readonly string[]>();
  for (const { event } of entriesOf(reader, run)) {
    if (event.type === "attempt.ended" && event.outcome.asks?.kind === "permission")
      asked.set(idOf(event), event.outcome.asks.wants);
    if (event.type !== "decision.made") continue;
    const list = event.choice === "approve" ? "allow" : "refuse";
    for (const rule of asked.get(event.decision) ?? [])
      if (rules.has(rule)) given.set(rule, [...(given.get(rule) ?? []), list]);
  }
}

/** A run that cannot be read proposes nothing; whoever asks for it by name is told why. */
function entriesOf(reader: Reader, run: string): readonly Entry[] {
  try {
    return reader.entries(run);
  } catch (thrown) {
    if (thrown instanceof JournalFault) return [];
    throw thrown;
  }
}

/** The decision that an attempt's request became. */
function idOf({ task, item, attempt }: AttemptRef): string {
  return `${item === undefined ? task : `${task}:${item}`}?${attempt}`;
}
