/** How a run is asked for: everything about the words that can be wrong is found before anything is opened. */
import { LIMITS, most } from "../core/limits.ts";
import type { RunRow } from "../host/host.ts";
import type { RunInputs, StartOptions } from "../server/started.ts";
import { runIdOfKey } from "../work/key-run.ts";
import type { CheckedFile, Project, Reader } from "./application.ts";
import { type Context, flagOption, hint, listOption, type Options, textOption } from "./context.ts";
import { numberOption } from "./globals.ts";
import { shortRun } from "./ids.ts";
import { readBudget } from "./inputs.ts";
import { clean } from "./print.ts";
import { Refused, usage } from "./refusal.ts";

export interface Asked {
  /** The id of the run, where it follows from what is asked for: asked again it is the same run. */
  readonly run: string | null;
  readonly options: StartOptions;
  readonly durability: "durable" | "fast" | null;
  readonly slots: number | null;
  readonly wait: boolean;
  readonly detach: boolean;
  /** Of a program that asks for a run; a person when it is not said. */
  readonly trigger?: { readonly kind: "api"; readonly name: string | null };
}

export function readAsked({ config }: Project, options: Options): Asked {
  const durability = textOption(options, "durability");
  if (durability !== null && durability !== "durable" && durability !== "fast") {
    throw usage(`--durability cannot be "${clean(durability, 40)}"`, "--durability durable|fast");
  }
  const detach = flagOption(options, "detach");
  const wait = flagOption(options, "wait");
  if (detach && wait) throw usage("--detach returns at once, so there is nothing to --wait for");
  return {
    run: runOfKey(textOption(options, "key")),
    options: {
      only: listOption(options, "only"),
      from: textOption(options, "from"),
      until: textOption(options, "until"),
      label: textOption(options, "label"),
      rehearse: flagOption(options, "rehearse"),
      maxParallel: numberOption(options, "maxParallel", {
        least: 1,
        most: most(LIMITS.parallel, config.limits),
      }),
      budget: readBudget(textOption(options, "budget")),
    },
    durability,
    slots: numberOption(options, "slots", { least: 1, most: 1000 }),
    wait,
    detach,
  };
}

/** A key that is said again means the same run. */
export function runOfKey(key: string | null): string | null {
  return key === null ? null : runIdOfKey(key);
}

export interface Start {
  readonly context: Context;
  readonly project: Project;
  readonly checked: CheckedFile;
  readonly inputs: RunInputs;
  readonly asked: Asked;
}

/** The run that was started by the same words before, whatever became of it. */
export function earlierRun(
  context: Context,
  reader: Reader | null,
  { workflow }: CheckedFile,
  { run, options }: Asked,
): RunRow | null {
  const earlier = run === null || reader === null ? null : reader.run(run);
  if (earlier === null || reader === null) return null;
  const name = shortRun(reader, earlier.run);
  if (earlier.workflow !== workflow.name || earlier.rehearse !== options.rehearse) {
    const what = `${earlier.rehearse ? "a rehearsal" : "a run"} of ${clean(earlier.workflow)}`;
    const message = `the key belongs to ${name}, ${what}`;
    throw new Refused([{ code: "E_OPTIONS", message, hint: "take another --key" }]);
  }
  hint(context, `run ${name} is there already, so no other one is started`);
  return earlier;
}
