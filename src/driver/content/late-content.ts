/** Most workflows edit no content: they do not pay for what reads it. */
import type { JsonMap } from "../../core/json.ts";
import type { Problem } from "../../core/problem.ts";
import { loadNow } from "../../port/load-now.ts";
import type { Driver } from "../driver.ts";
import type { ContentHere } from "./content.ts";

export function lateContent(here: ContentHere): Driver {
  let made: Driver | null = null;
  const driver = () => {
    made ??= load().contentDriver(here);
    return made;
  };
  return {
    name: "content-edit",
    check: checkContent,
    run: (work, signal) => driver().run(work, signal),
  };
}

export function checkContent(parameters: JsonMap): readonly Problem[] {
  return load().contentProblems(parameters);
}

function load(): typeof import("./content-here.ts") {
  return loadNow<typeof import("./content-here.ts")>(import.meta.url, "content-here");
}
