/** Runs page by page, and a run with all that are inside it. */
import type { RunQuery, RunRow } from "./host.ts";

const PAGE = 500;

export interface RunsSource {
  runs(query: RunQuery): readonly RunRow[];
  run(id: string): RunRow | null;
}

export function* runsBelow(source: RunsSource, id: string): Generator<RunRow> {
  const row = source.run(id);
  if (row !== null) yield row;
  for (const child of runPages(source, { parent: id })) yield* runsBelow(source, child.run);
}

/** Newest first. */
export function* runPages(source: RunsSource, query: RunQuery): Generator<RunRow> {
  for (let before: string | undefined; ; ) {
    const page = source.runs({ ...query, limit: PAGE, ...(before !== undefined && { before }) });
    yield* page;
    before = page.at(-1)?.run;
    if (page.length < PAGE) return;
  }
}
