import { basename, dirname, extname, join } from "node:path";
import { bad, good, type Result } from "../core/problem.ts";
import type { Files } from "../port/files.ts";
import { readData } from "../spec/read.ts";
import { type RehearsalScript, readScript } from "./rehearsal.ts";

/** The script beside a workflow file: `publish.yaml` → `publish.rehearsal.yaml`; empty when there is none. */
export function readRehearsal(files: Files, workflowFile: string): Result<RehearsalScript> {
  const file = join(dirname(workflowFile), `${basename(workflowFile, extname(workflowFile))}.rehearsal.yaml`);
  if (!files.exists(file)) return good({});
  const data = readData(basename(file), files.readBytes(file));
  if (!data.ok) return data;
  const { script, wrong } = readScript(data.value);
  if (wrong.length === 0) return good(script);
  return bad(...wrong.map((message) => ({ code: "E_TYPE", message: `${basename(file)}: ${message}` })));
}
