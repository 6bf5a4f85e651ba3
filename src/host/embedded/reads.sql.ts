/** The statements by which the journal is read. */
import type { RunQuery } from "../host.ts";
import type { Bound } from "./database.ts";
import { PLACES } from "./schema.sql.ts";

export const ENTRY =
  "select place, at, tick, key, hash, text from entries where place > ? and place < ? order by place";
/** Of one kind, whose detail begins with a text. */
export const AUDITS =
  "select at, action, detail from audit where action = ? and substr(detail, 1, length(?)) = ?";
export const RUN = "select runs.*, run from journals left join runs using(number)";
export const AFTER_EVERY_ID = "~";
/** The items of a mapped task are rows as well, `TASK[key]`. */
export const TASK_COUNTS = `select status, count(*) from tasks where place >= ? and place < ?
  and substr(task, -1) <> ']' group by status order by min(place)`;
export const TASKS = "select * from tasks where place >= ? and place < ?";
/** What a person would look for in a run: names, failure and the values of its params, whatever the case of ASCII letters. */
const FOUND = `instr(lower(workflow || char(10) || coalesce(label, '') || char(10) || coalesce(failed_task, '')
  || char(10) || coalesce(failure_class, '') || char(10) || coalesce(failure_message, '') || char(10) || coalesce(
  (select json_extract(detail, '$.params') from run_details where run_details.number = runs.number), '')), lower(?)) > 0`;

/** Of runs at the top and what is inside them: decisions that were made, that nobody made in time, or that are open. */
export const ASKED = `with inside(number, root) as (select number, root from runs where root in (select value from json_each(?))),
  told(root, number, event) as (select root, number, iif(json_valid(text), text, 'null') from inside
    join entries on place > number * ${PLACES} and place < (number + 1) * ${PLACES}
    where instr(text, '"decision.made"') > 0 or instr(text, '"expire:') > 0),
  asked as (
    select root, number, event ->> 'decision' as id from told where event ->> 'type' = 'decision.made'
    union
    select root, number, substr(event ->> 'timer', 8) from told
      where event ->> 'type' = 'timer.fired' and event ->> 'timer' like 'expire:%'
    union
    select root, number, id from inside join effects using(number) where kind = 'decision')
  select run, root, count(*) from asked join journals using(number) group by run`;

/** Newest first. `numberOf`: of a run that is known. */
export function runsStatement(
  query: RunQuery,
  numberOf: (run: string) => number | null,
): { readonly sql: string; readonly values: readonly Bound[] } {
  const { status, workflow, parent, label, since, search, limit, before } = query;
  const conditions: (readonly [sql: string, values: readonly Bound[]])[] = [
    ...(status === undefined ? [] : [[`status in (${status.map(() => "?").join(",")})`, status] as const]),
    ...(workflow === undefined ? [] : [["workflow = ?", [workflow]] as const]),
    parent === undefined || parent === null ? ["parent is null", []] : ["parent = ?", [parent]],
    ...(label === undefined ? [] : [["label = ?", [label]] as const]),
    ...(since === undefined ? [] : [["started_at >= ?", [since]] as const]),
    ...(search === undefined ? [] : [[FOUND, [search]] as const]),
  ];
  const where = conditions.map(([sql]) => sql).join(" and ");
  const bound = conditions.flatMap(([, values]) => values);
  // The order in which they began: ids that follow from a key or a task tell nothing of that. What is inside a run began
  // after it, so of a new run only the newest are looked at.
  const sql = `${RUN} where (sum is null or (${where})) and number > ? and number < ? order by number desc limit ?`;
  const after = typeof parent === "string" ? (numberOf(parent) ?? 0) : 0;
  const end = before === undefined ? Number.MAX_SAFE_INTEGER : (numberOf(before) ?? 0);
  return { sql, values: [...bound, after, end, limit ?? -1] };
}
