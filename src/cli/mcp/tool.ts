/** What a tool is: words for the one who calls it, the form of what it takes, and what answers. */
import * as z from "zod/mini";
import { type Access, type OperationName, ofForm } from "../../contract.ts";
import { isMap, type JsonMap } from "../../core/json.ts";
import { good, type Result } from "../../core/problem.ts";
import type { Context } from "../context.ts";

/** One call, with a context of its own that prints nowhere. */
export interface Calling {
  readonly context: Context;
  /** What the other side calls itself. */
  readonly client: string | null;
  /** Aborted when the other side no longer wants the answer. */
  readonly signal: AbortSignal;
}

export interface Tool {
  readonly name: string;
  readonly title: string;
  readonly about: string;
  /** Never "decide": what a person decides has no tool. */
  readonly access: Exclude<Access, "decide">;
  /** Of the contract, for a tool that acts. */
  readonly operation?: OperationName;
  /** It ends something for good. */
  readonly isDestructive?: boolean;
  readonly input: z.ZodMiniType;
  /** What a field of the input means, where its name does not say it. */
  readonly fields?: Readonly<Record<string, string>>;
  call(input: unknown, calling: Calling): Promise<Result<JsonMap>>;
}

interface Spec<Form extends z.ZodMiniType> extends Omit<Tool, "input" | "call"> {
  readonly input: Form;
  answer(input: z.infer<Form>, calling: Calling): Promise<object>;
}

/** Every way in which the input is not of its form is told at once. */
export function tool<Form extends z.ZodMiniType>({ answer, ...spec }: Spec<Form>): Tool {
  return {
    ...spec,
    call: async (input, calling) => {
      const read: Result<z.infer<Form>> = ofForm(spec.input as z.ZodMiniType<z.infer<Form>>, input);
      return read.ok ? good((await answer(read.value, calling)) as JsonMap) : read;
    },
  };
}

const TEXT_MAX = 4096;
const LIMIT = `text of at most ${TEXT_MAX} characters`;
/** A path is one of the project: neither from the root nor upward. */
const IN_PROJECT = /^(?![/~])(?!(?:.*\/)?\.\.(?:\/|$))[^\0]*$/;
const PARAM_BYTES_MAX = 1024 * 1024;

export const text = z
  .string({ error: "text" })
  .check(z.minLength(1, { error: "text that is not empty" }), z.maxLength(TEXT_MAX, { error: LIMIT }));
export const workflowName = text.check(
  z.regex(IN_PROJECT, { error: "a name, or a path inside the project" }),
);
export const truth = z.boolean({ error: "true or false" });
export const params = z.custom<JsonMap>(
  (value) => isMap(value) && Buffer.byteLength(JSON.stringify(value)) <= PARAM_BYTES_MAX,
  { error: "an object of at most 1 MiB as JSON" },
);

export function between(from: number, to: number): z.ZodMiniNumber {
  const error = `a whole number from ${from} to ${to}`;
  return z.int({ error }).check(z.gte(from, { error }), z.lte(to, { error }));
}

export function listOf<Form extends z.ZodMiniType>(form: Form, most = 100): z.ZodMiniArray<Form> {
  return z.array(form, { error: "a list" }).check(z.maxLength(most, { error: `a list of at most ${most}` }));
}

/** What these fields mean in every tool that has them. */
export const FIELDS: Readonly<Record<string, string>> = {
  run: "A run: r-7k2m, or its whole id",
  task: "A task by its id; an item of it is TASK[KEY]",
  workflow: "A workflow by its name, or by its path inside the project",
  from: "This task and all after it",
  params: "Values for the params of the workflow, by name",
};
