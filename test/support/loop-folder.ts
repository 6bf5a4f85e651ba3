/** Projects with the tasks of a loop, each in a folder of its own; gone after the tests of the file. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after } from "node:test";
import { decapod } from "./command-line.ts";

let root: string | null = null;
let folders = 0;
after(() => {
  if (root !== null) rmSync(root, { recursive: true, force: true });
});

export function fresh(written: Readonly<Record<string, string>> = {}): string {
  root ??= mkdtempSync(join(tmpdir(), "decapod-loop-"));
  folders += 1;
  const folder = join(root, String(folders));
  mkdirSync(folder);
  for (const [name, text] of Object.entries(written)) write(folder, name, text);
  return folder;
}

export function write(folder: string, name: string, text: string): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
}

export function call(folder: string, ...words: readonly string[]) {
  return decapod({ folder }, ...words);
}

/** The same of what has to succeed. */
export async function done(folder: string, ...words: readonly string[]) {
  const said = await call(folder, ...words);
  assert.equal(said.code, 0, said.stderr);
  return said;
}

export function tasksIn(folder: string): readonly string[] {
  return readdirSync(join(folder, ".tasks")).filter((name) => name.startsWith("["));
}

export function textOf(folder: string, name: string): string {
  return readFileSync(join(folder, ".tasks", name), "utf8");
}
