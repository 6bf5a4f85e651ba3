/**
 * What can be asked of the process that owns a project: one list, from which the routes of its socket and the typed
 * client come. A route without an access class cannot be written down here, and none exists elsewhere.
 */
import * as z from "zod/mini";
import type { Code } from "./core/codes.ts";
import type { Json, JsonMap } from "./core/json.ts";
import { bad, good, type Problem, type Result } from "./core/problem.ts";

/** read: only looks. act: starts, stops and changes runs. decide: what only a person may do. */
export type Access = "read" | "act" | "decide";

export interface Operation {
  readonly method: "GET" | "POST";
  /** `{name}` stands for a field of the input. */
  readonly path: string;
  readonly access: Access;
  readonly about: string;
  readonly input: z.ZodMiniType;
  /** Of a stream: one item of it. */
  readonly output: z.ZodMiniType;
  /** What it is refused with, beside input that is not of its form. */
  readonly problems: readonly Code[];
  /** Answers with items as they come, until one side closes. */
  readonly stream?: true;
}

/** Of a request's body, in bytes; params alone may be 8 MiB. */
export const BODY_BYTES_MAX = 16 * 1024 * 1024;

const id = z
  .string({ error: "a run's id" })
  .check(z.regex(/^[0-9a-hjkmnp-tv-z]{26}$/, { error: "a run's id: 26 letters and digits" }));
const text = z
  .string({ error: "text" })
  .check(z.maxLength(4096, { error: "text of at most 4096 characters" }));
export const EVENT_NAME_MAX = 200;
const EVENT_NAME = `text of at most ${EVENT_NAME_MAX} characters`;
const eventName = z
  .string({ error: "text" })
  .check(z.minLength(1, { error: "not empty" }), z.maxLength(EVENT_NAME_MAX, { error: EVENT_NAME }));
const count = z.int({ error: "a whole number" }).check(z.gte(0));
const nothing = z.strictObject({});
const json = z.custom<Json>();
const jsonMap = z.record(z.string(), json) as unknown as z.ZodMiniType<JsonMap>;
const nullable = z.nullable;

/** How a run is started; each is null or empty where nothing was asked. */
const startOptions = z.strictObject({
  only: z.array(text),
  from: nullable(text),
  until: nullable(text),
  rehearse: z.boolean(),
  maxParallel: nullable(z.int().check(z.gte(1), z.lte(1000))),
  budget: nullable(z.strictObject({ usd: nullable(z.number()), tokens: nullable(z.number()) })),
  label: nullable(text),
  /** Null where either will do. */
  durability: nullable(z.enum(["durable", "fast"])),
});

const startInput = z.strictObject({
  /** Chosen by the caller, so that asking again after a broken connection starts nothing twice. */
  run: id,
  /** The file, read and checked by the owner itself. */
  workflow: text.check(z.regex(/^\//, { error: "an absolute path" })),
  params: jsonMap,
  /** Values of the names under env.pass of decapod.yaml. */
  environment: jsonMap,
  options: startOptions,
  /** That a program asked, and as what; a person's command line when it is not said. */
  trigger: z.optional(z.strictObject({ kind: z.literal("api"), name: nullable(text) })),
});

const runNamed = z.strictObject({ run: id });

/** Of a person, before it is shown that it is theirs. */
const answer = z.strictObject({
  run: id,
  /** The run of the project's own that it belongs to. */
  root: id,
  decision: text,
  /** Of what they saw. */
  digest: text,
  choice: text,
  comment: nullable(text),
  fields: jsonMap,
  phrase: nullable(text),
  /** Of a send-back; null for the one that the file names. */
  to: nullable(text),
});

const owner = z.object({
  pid: count,
  version: z.string(),
  since: z.number(),
  durability: z.enum(["durable", "fast"]),
  /** The runs it works on; others that are open in the journal are interrupted. */
  runs: z.array(id),
  /** How many attempts could begin now; one of an older version does not say it. */
  freeSlots: z.optional(count),
});

const attempt = { run: id, task: z.string(), key: nullable(z.string()), attempt: count };

/** A sign of life of a running attempt, or that there is none. */
const progress = z.discriminatedUnion("kind", [
  z.object({ ...attempt, kind: z.literal("output"), line: z.string(), bytes: z.number() }),
  z.object({ ...attempt, kind: z.literal("quiet"), quietMs: z.number() }),
]);

/** What happens, told once it is on the disk. An item about entries only says that there are more: read the journal. */
const happening = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("begin") }),
  z.object({ kind: z.literal("entries"), run: id, root: id, sequence: count }),
  z.object({ kind: z.literal("progress"), progress }),
  /** The owner ends; `handsOver`: another process goes on with its runs. */
  z.object({ kind: z.literal("leaving"), handsOver: z.boolean() }),
]);

export const OPERATIONS = {
  "owner.show": {
    method: "GET",
    path: "/api/owner",
    access: "read",
    about: "who owns the project, and the runs it works on",
    input: nothing,
    output: owner,
    problems: [],
  },
  "events.follow": {
    method: "GET",
    path: "/api/events",
    access: "read",
    about: "what happens, as it happens",
    input: nothing,
    output: happening,
    problems: ["E_FDS"],
    stream: true,
  },
  "runs.start": {
    method: "POST",
    path: "/api/runs",
    access: "act",
    about: "starts a run of a workflow file",
    input: startInput,
    output: z.object({ run: id }),
    problems: ["E_NOT_FOUND", "E_CONFLICT", "E_DRIVER_MISSING", "E_SECRET_MISSING", "E_NO_EARLIER_OUTPUT"],
  },
  "runs.resume": {
    method: "POST",
    path: "/api/runs/{run}/resume",
    access: "act",
    about: "goes on with a run that is interrupted or paused",
    input: runNamed,
    output: z.object({ run: id }),
    problems: ["E_NOT_FOUND", "E_RUN_CLOSED"],
  },
  "runs.pause": {
    method: "POST",
    path: "/api/runs/{run}/pause",
    access: "act",
    about: "starts nothing more of a run; what runs goes on to its end",
    input: runNamed,
    output: z.object({ run: id }),
    problems: ["E_NOT_FOUND", "E_RUN_CLOSED", "E_CONFLICT"],
  },
  "runs.cancel": {
    method: "POST",
    path: "/api/runs/{run}/cancel",
    access: "act",
    about: "ends a run for good; a second time skips its hooks",
    input: z.strictObject({ run: id, reason: text, now: z.boolean() }),
    output: z.object({ run: id }),
    problems: ["E_NOT_FOUND", "E_RUN_CLOSED"],
  },
  "runs.retry": {
    method: "POST",
    path: "/api/runs/{run}/retry",
    access: "act",
    about:
      "does tasks of a run that has ended again: those that failed, those that are named, or all from one on",
    input: z.strictObject({ run: id, tasks: z.array(text), from: nullable(text) }),
    output: z.object({ run: id }),
    problems: ["E_NOT_FOUND", "E_RUN_ALIVE", "E_CONFLICT", "E_UNKNOWN_TASK", "E_NOTHING_TO_DO", "E_ONCE"],
  },
  "runs.again": {
    method: "POST",
    path: "/api/runs/{of}/again",
    access: "act",
    about: "starts a new run of the definition that another run was started with",
    input: z.strictObject({
      of: id,
      /** The new one, chosen by the caller as in runs.start. */
      run: id,
      params: jsonMap,
      environment: jsonMap,
    }),
    output: z.object({ run: id }),
    problems: ["E_NOT_FOUND", "E_CONFLICT", "E_DRIVER_MISSING", "E_SECRET_MISSING"],
  },
  "events.send": {
    method: "POST",
    path: "/api/events/{name}",
    access: "act",
    about:
      "gives an event to every run that is open and could wait for it; runs that nobody works on keep it",
    input: z.strictObject({
      name: eventName,
      key: z.string({ error: "text" }).check(z.maxLength(EVENT_NAME_MAX, { error: EVENT_NAME })),
      data: json,
      /** Chosen by the caller, so that saying it again after a broken connection gives it once. */
      id,
    }),
    output: z.object({ runs: z.array(z.object({ run: id, woken: count, isTakenUp: z.boolean() })) }),
    problems: ["E_NOT_FOUND"],
  },
  "main-task.move": {
    method: "POST",
    path: "/api/main-task",
    access: "act",
    about: "moves the MAIN_TASK of a loop",
    input: z.strictObject({
      stream: nullable(text),
      status: text,
      next: text,
      task: nullable(text),
      focus: nullable(text),
      /** Only if it was not moved since this revision; null: wherever it is. */
      expected: nullable(count),
      /** Of the attempt in which it is asked for. */
      attempt: nullable(text),
    }),
    output: z.object({ revision: count }),
    problems: ["E_CURSOR", "E_CURSOR_MOVED", "E_TASKS_OPEN", "E_NOT_FOUND", "E_DUPLICATE_TASK"],
  },
  "decisions.prepare": {
    method: "POST",
    path: "/api/decisions",
    access: "act",
    about: "says an answer, which is given once a person holds it",
    input: answer,
    output: z.object({ answer: id }),
    problems: [],
  },
  "decisions.make": {
    method: "POST",
    path: "/api/decisions/{answer}",
    access: "decide",
    about: "gives an answer that was said",
    input: z.strictObject({ answer: id }),
    /** How the person was known. */
    output: z.object({ run: id, via: z.string() }),
    problems: [
      "E_HUMAN_ONLY",
      "E_STALE",
      "E_NOT_FOUND",
      "E_RUN_CLOSED",
      "E_DECIDED",
      "E_STALE_PLAN",
      "E_NOT_APPROVER",
      "E_SELF_APPROVAL",
      "E_CHOICE",
      "E_FIELD",
      "E_PHRASE",
      "E_ONCE",
      "E_ROUNDS",
    ],
  },
} as const satisfies Readonly<Record<string, Operation>>;

type Operations = typeof OPERATIONS;
export type OperationName = keyof Operations;
export type StreamName = {
  [Name in OperationName]: Operations[Name] extends { readonly stream: true } ? Name : never;
}[OperationName];
/** What is asked once and answered once. */
export type CallName = Exclude<OperationName, StreamName>;
export type Input<Name extends OperationName> = z.infer<Operations[Name]["input"]>;
export type Output<Name extends OperationName> = z.infer<Operations[Name]["output"]>;
export type Happening = Output<"events.follow">;

/** A value of the form that a schema asks for, or every way in which it is not. */
export function ofForm<T>(schema: z.ZodMiniType<T>, value: unknown): Result<T> {
  const read = schema.safeParse(value);
  if (read.success) return good(read.data);
  return bad(
    ...read.error.issues.flatMap((issue): readonly Problem[] => {
      const { path, message } = issue;
      if (issue.code === "unrecognized_keys")
        return issue.keys.map((key) => unknownField([...path, key].map(String).join(".")));
      const place = path.length === 0 ? "the request" : path.map(String).join(".");
      return [{ code: "E_SCHEMA", message: `${place} must be ${message}` }];
    }),
  );
}

function unknownField(name: string): Problem {
  return { code: "E_SCHEMA", message: `there is no field ${JSON.stringify(name.slice(0, 200))}` };
}
