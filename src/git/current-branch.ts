import { dirname, join, resolve } from "node:path";
import type { Files } from "../port/files.ts";
import { smallTextIf } from "./small-file.ts";

/** As `git branch --show-current` says it, without git: only to be written down. Empty when there is none. */
export function currentBranch(files: Files, folder: string): string {
  const place = join(folder, ".git");
  const stat = files.statTarget(place);
  if (stat === null) return dirname(folder) === folder ? "" : currentBranch(files, dirname(folder));
  const pointer =
    stat.kind === "file" ? /^gitdir: (.*)$/m.exec(smallTextIf(files, place) ?? "")?.[1] : undefined;
  const head = smallTextIf(files, join(pointer === undefined ? place : resolve(folder, pointer), "HEAD"));
  return /^ref: refs\/heads\/([^\n\p{Cc}]+)$/mu.exec(head ?? "")?.[1] ?? "";
}
