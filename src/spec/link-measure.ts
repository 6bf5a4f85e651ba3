/** What is looked at before a person is asked: how large the change is, and the work that they are shown. */
import { PRODUCTION_PHRASE } from "../core/gate.ts";
import { isMap, type Json, type JsonMap } from "../core/json.ts";
import { SIGNIFICANT } from "../core/significance.ts";
import type { MeasureSpec } from "../core/workflow.ts";
import { below, type Place, templateAt } from "./link-text.ts";

/** null: what the file says is all there is to it. */
export function measureOf({ significant, show, phrase }: JsonMap, place: Place): MeasureSpec | null {
  const showsWork = isWork(show);
  // What is brought to production by another agent than a deploy is bound to what it was, too.
  if (!isMap(significant))
    return showsWork || phrase === PRODUCTION_PHRASE ? { ...NOTHING, showsWork } : null;
  const { files, deletions, paths } = significant;
  return {
    ...NOTHING,
    showsWork,
    significant: {
      files: typeof files === "number" ? files : SIGNIFICANT.files,
      deletions: typeof deletions === "number" ? deletions : SIGNIFICANT.deletions,
      paths: Array.isArray(paths) ? paths.map(String) : SIGNIFICANT.paths,
    },
    changed: templateAt(significant, "changed", below(place, "significant")),
  };
}

const NOTHING: MeasureSpec = {
  isDeploy: false,
  written: null,
  significant: null,
  changed: null,
  showsWork: false,
};

/** `show: { file: PATH }` or `show: { diff: true }`; anything else is shown as it is. */
function isWork(show: Json | undefined): boolean {
  if (!isMap(show) || Object.keys(show).length !== 1) return false;
  return typeof show.file === "string" || show.diff === true;
}
