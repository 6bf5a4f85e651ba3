/** In a rehearsal: answers approvals and sends the events for which the script has an entry; the rest is asked as ever. */
import type { Decision } from "../core/effect.ts";
import type { DecisionMade, Event } from "../core/event.ts";
import { isMap, type Json, type JsonMap } from "../core/json.ts";
import { readDecisionId } from "../core/places.ts";
import type { Run } from "../core/run.ts";
import { at, each } from "../core/vector.ts";
import type { RehearsalScript } from "../driver/rehearsal.ts";
import type { Store } from "../host/embedded/store.ts";

const REHEARSAL = "rehearsal";

/** What a rehearsal's answers need of a host. */
export interface AnsweredHost {
  observe(listener: (changes: readonly { readonly after: Run }[]) => void): () => void;
  apply(run: string, key: string | null, event: Event): Promise<unknown>;
  /** To the runs of one rehearsal. */
  announce(name: string, key: string, data: Json, rehearsal: string): Promise<unknown>;
}

/** What one rehearsal at the top is played by. */
export interface PlayedPart {
  readonly script: RehearsalScript;
  /** Answers by task, those that earlier engines gave among them. */
  readonly answers: Map<string, number>;
}

/** Plays the person of each rehearsal's script: looks at each run after it has changed. Returns how to stop. */
export function answerRehearsal(host: AnsweredHost, partOf: (run: Run) => PlayedPart): () => void {
  return host.observe((changes) => {
    const runs = new Map(changes.map(({ after }) => [after.id, after]));
    for (const run of runs.values()) {
      if (!run.start.rehearse) continue;
      const { script, answers } = partOf(run);
      const root = run.start.parent?.root ?? run.id;
      for (const event of rehearsedAnswers(run, script, answers)) {
        if (event.type === "event.received") void host.announce(event.name, event.key, event.data, root);
        else void host.apply(run.id, null, event);
      }
    }
  });
}

/** What to apply to a run now: answers to its open questions and events its waits wait for. `made` counts per task. */
export function rehearsedAnswers(
  run: Run,
  script: RehearsalScript,
  made: Map<string, number>,
): readonly Event[] {
  const events: Event[] = [];
  for (const id of Object.keys(script)) {
    const task = run.workflow.tasks[run.workflow.indexOf.get(id) ?? -1];
    if (task === undefined) continue;
    const state = at(run.tasks, task.index);
    const units = state.items === null ? [state.unit] : [...each(state.items.units)];
    for (const decision of [state.decision, ...units.map((unit) => unit.decision)]) {
      const answer =
        decision === null ? null : answerTo(run, decision, task.approval?.phrase ?? null, script, made);
      if (answer !== null) events.push(answer);
    }
    for (const { waiting } of units) {
      const data =
        waiting === null
          ? undefined
          : next(run, task.id, script, made, `${run.id}/${waiting.event}/${waiting.key}`)?.event;
      if (waiting !== null && data !== undefined)
        events.push({ type: "event.received", name: waiting.event, key: waiting.key, data });
    }
  }
  return events;
}

function answerTo(
  run: Run,
  decision: Decision,
  phrase: string | null,
  script: RehearsalScript,
  made: Map<string, number>,
): DecisionMade | null {
  const scripted = next(run, decision.task, script, made, `${run.id}/${decision.id}`)?.decision;
  if (scripted === undefined) return null;
  const given = isMap(scripted) ? scripted : saidOf(decision, scripted);
  const to = typeof given.to === "string" ? { to: given.to } : {};
  const typed = phrase === null ? {} : { phrase };
  return {
    type: "decision.made",
    decision: decision.id,
    choice: String(given.choice ?? "approve"),
    comment: typeof given.comment === "string" ? given.comment : null,
    fields: isMap(given.fields) ? given.fields : {},
    by: REHEARSAL,
    via: REHEARSAL,
    ...to,
    ...typed,
  };
}

/** Any word but reject answers a question. */
function saidOf({ kind }: Decision, scripted: Json): JsonMap {
  return kind === "question" && scripted !== "reject"
    ? { choice: "answer", comment: String(scripted) }
    : { choice: scripted };
}

/** The script's next entry of a task; one place (a decision, a wait) takes one entry only. */
function next(_run: Run, task: string, script: RehearsalScript, made: Map<string, number>, place: string) {
  if (made.has(place)) return undefined;
  const turn = made.get(task) ?? 0;
  const entry = script[task]?.[turn];
  if (entry === undefined) return undefined;
  made.set(place, 1);
  made.set(task, turn + 1);
  return entry;
}

/** How many entries of a script are used up, by task. */
export interface UsedScript {
  readonly attempts: Map<string, number>;
  readonly answers: Map<string, number>;
}

/** Adds what the journal says that a run and the runs below it have used, so that an interrupted rehearsal goes on there. */
export function countUsed(store: Pick<Store, "entries" | "runs">, run: string, used: UsedScript): void {
  for (const { event } of store.entries(run)) {
    // One that was lost is made again, and counts then.
    if (event.type === "attempt.ended") add(used.attempts, event.task);
    if (event.type === "decision.made" && event.via === REHEARSAL)
      add(used.answers, readDecisionId(event.decision)?.task ?? "");
  }
  for (const child of store.runs({ parent: run, limit: 10_000 })) countUsed(store, child.run, used);
}

function add(counts: Map<string, number>, task: string): void {
  counts.set(task, (counts.get(task) ?? 0) + 1);
}
