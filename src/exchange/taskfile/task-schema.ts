/** The keys of a task file (formats.md 3). Those that a task of a workflow has as well are the same schemas. */
import { highest, RANGES } from "../../core/range.ts";
import { taskFields } from "../../spec/schema.ts";
import {
  block,
  data,
  filled,
  maybe,
  type Schema,
  text,
  textOrTexts,
  texts,
  whole,
} from "../../spec/schema-words.ts";

export const TASK_FILE: Schema = block("a task file", {
  task_id: text,
  task_type: filled,
  created_by: maybe(text),
  parent: maybe(filled),
  params: maybe(data),
  expected_outputs: maybe(texts),
  success_criteria: taskFields.success_criteria,
  approval: taskFields.approval,
  retry: taskFields.retry,
  timeout: taskFields.timeout,
  depends_on: maybe(textOrTexts),
  retry_of: maybe(filled),
  priority: maybe(whole(RANGES.priority.from, highest(RANGES.priority))),
  workflow: maybe(filled),
});
