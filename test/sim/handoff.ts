/** Zero loss between hand-offs (T4-50): what a dependant is given is, by digest, what its dependency gave. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { Assignment, AttemptRef } from "../../src/core/event.ts";
import { canonical, isMap, type Json } from "../../src/core/json.ts";
import type { Lookup } from "../../src/core/lookup.ts";
import type { OutputValue } from "../../src/core/outcome.ts";
import type { Run } from "../../src/core/run.ts";
import { at } from "../../src/core/vector.ts";

export class HandOff {
  /** `run/task/item/attempt` → digest of what was sent. */
  readonly #sent = new Map<string, { readonly digest: string; readonly mark: Json }>();
  readonly #lookup: Lookup;
  compared = 0;

  constructor(lookup: Lookup) {
    this.#lookup = lookup;
  }

  sent(run: Run, ref: AttemptRef, output: OutputValue): void {
    const value = this.#value(output);
    const mark = isMap(value) ? (value.mark ?? null) : null;
    this.#sent.set(`${run.id}/${ref.task}/${ref.item ?? ""}/${ref.attempt}`, {
      digest: digestOf(value),
      mark,
    });
  }

  /** Sent, but never kept: the crash came first. */
  lost(run: string, ref: AttemptRef): void {
    this.#sent.delete(`${run}/${ref.task}/${ref.item ?? ""}/${ref.attempt}`);
  }

  received(run: Run, assignment: Assignment): void {
    for (const dependency of assignment.dependencies) {
      const index = run.workflow.indexOf.get(dependency.id) as number;
      const task = run.workflow.tasks[index];
      if (dependency.status !== "success" || task === undefined) continue;
      if (task.kind !== "attempt" && task.kind !== "group") continue;
      const { items, unit } = at(run.tasks, index);
      const value = this.#value(dependency.output);
      if (items === null) this.#same(`${run.id}/${dependency.id}//${unit.attempt}`, value);
      else {
        assert.ok(
          Array.isArray(value) && value.length === items.list.length,
          "a list with a place for each item",
        );
        for (const [item, one] of (value as readonly Json[]).entries()) {
          const state = at(items.units, item);
          if (state.status === "success")
            this.#same(`${run.id}/${dependency.id}/${item}/${state.attempt}`, one);
          else assert.equal(one, null, "an item that did not succeed gives null");
        }
      }
    }
    this.#readMark(run, assignment);
  }

  /** `${dep.output.mark}` in a command line arrives as it was sent. */
  #readMark(run: Run, { task, parameters }: Assignment): void {
    const { parameters: written } = run.workflow.tasks[
      run.workflow.indexOf.get(task) as number
    ] as Run["workflow"]["tasks"][number];
    const text = JSON.stringify(written).match(/"source":"([A-Za-z0-9_]+)\.output\.mark"/u)?.[1];
    const [, given] = (parameters.command ?? []) as readonly Json[];
    if (text === undefined || given === undefined) return;
    const state = at(run.tasks, run.workflow.indexOf.get(text) as number);
    if (state.skipReason === "not_selected") return;
    if (state.status !== "success")
      return assert.equal(given, null, "nothing goes in for a task without output");
    const sent = this.#sent.get(`${run.id}/${text}//${state.unit.attempt}`);
    if (sent !== undefined) assert.equal(given, sent.mark, "the mark that was sent");
  }

  #same(place: string, value: Json): void {
    const sent = this.#sent.get(place);
    // A blocker that "happened" has sent nothing.
    if (sent === undefined) return assert.equal(value, null, `${place} was sent`);
    assert.equal(digestOf(value), sent.digest, `${place} arrives as it was sent`);
    this.compared += 1;
  }

  #value(output: OutputValue): Json {
    if ("value" in output) return output.value;
    const value = this.#lookup.output(output.digest);
    assert.ok(value !== undefined, "a large output can be read");
    return value;
  }
}

function digestOf(value: Json): string {
  return createHash("sha256").update(canonical(value)).digest("hex");
}
