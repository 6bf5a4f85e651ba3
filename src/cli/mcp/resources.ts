/** What can be read by its address: the todo list of a run, as it stands at that moment. */

import type { Context } from "../context.ts";
import { momentOf, projectOf } from "../context.ts";
import { findRun } from "../ids.ts";
import { Overview } from "../overview.ts";
import { take } from "../refusal.ts";
import { todoText } from "../todo.ts";
import { lookOfRun } from "../words.ts";
import { anyWorkedOn } from "../worked-on.ts";
import type { Resource } from "./mcp-sdk.ts";

const TODO = /^decapod:\/\/runs\/([\w-]{4,40})\/todo$/;
const RUNS_LISTED = 20;

export const TEMPLATES = [
  {
    uriTemplate: "decapod://runs/{run}/todo",
    name: "todo",
    description: "The tasks of a run as a todo list in Markdown, as it stands now",
  },
] as const;

/** Of runs that are not over, and of the last that are. */
export function listResources(context: Context): readonly Resource[] {
  const reader = take(context.application.read(projectOf(context)));
  if (reader === null) return [];
  const rows = reader.runs({ parent: null, limit: RUNS_LISTED });
  const overview = new Overview(reader, rows, anyWorkedOn(reader));
  return rows.map((row) => ({
    uri: `decapod://runs/${overview.nameOf(row)}/todo`,
    name: `${row.workflow} ${overview.nameOf(row)}`,
    description: `Todo list: ${lookOfRun(overview.stateOf(row)).word}, ${row.done} of ${row.total} tasks`,
  }));
}

export function readResource(
  context: Context,
  uri: string,
): { readonly mimeType: string; readonly text: string } | null {
  const [, name] = TODO.exec(uri) ?? [];
  const reader = name === undefined ? null : take(context.application.read(projectOf(context)));
  if (name === undefined || reader === null) return null;
  const found = findRun(reader, name);
  const row = found.ok ? reader.run(found.value) : null;
  return row === null ? null : { mimeType: "text/markdown", text: todoText(reader, row, momentOf(context)) };
}
