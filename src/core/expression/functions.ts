import { Call, type FunctionDefinition } from "../call.ts";
import type { Json } from "../json.ts";
import { LIST_FUNCTIONS } from "./list-functions.ts";
import { NUMBER_FUNCTIONS } from "./number-functions.ts";
import { TEXT_FUNCTIONS } from "./text-functions.ts";
import { TIME_FUNCTIONS } from "./time-functions.ts";
import { VALUE_FUNCTIONS } from "./value-functions.ts";

const FUNCTIONS: ReadonlyMap<string, FunctionDefinition> = new Map(
  Object.entries({
    ...TEXT_FUNCTIONS,
    ...LIST_FUNCTIONS,
    ...NUMBER_FUNCTIONS,
    ...VALUE_FUNCTIONS,
    ...TIME_FUNCTIONS,
  }),
);

/** Every function of the language, without `fn:`, sorted. */
export const FUNCTION_NAMES: readonly string[] = [...FUNCTIONS.keys()].sort();

export function functionNamed(name: string): FunctionDefinition | undefined {
  return FUNCTIONS.get(name);
}

/** The name was checked when the expression was parsed. */
export function callFunction(facts: ConstructorParameters<typeof Call>[0]): Json {
  const definition = FUNCTIONS.get(facts.name) as FunctionDefinition;
  return definition.run(new Call(facts));
}
