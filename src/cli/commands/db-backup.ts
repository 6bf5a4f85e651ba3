/** decapod db backup: a copy of the journal, also while runs go on. */
import { resolve } from "node:path";
import { instant } from "../../core/calendar.ts";
import { EXIT } from "../../core/problem.ts";
import { bytesText } from "../../host/embedded/keeping/size.ts";
import type { Context } from "../context.ts";
import { copyAway } from "../copy-away.ts";
import { answer, keepingOf } from "../keeping.ts";

export async function action(context: Context, words: readonly string[]): Promise<number> {
  const { clock, cwd } = context.application;
  const [given] = words;
  const made = await copyAway(context, keepingOf(context), given === undefined ? null : resolve(cwd, given));
  const { file, bytes } = made;
  answer(context, { backup: { file, bytes, at: instant(clock.wall()) } }, [
    `✓ backed up: ${file} (${bytesText(bytes)})`,
  ]);
  return EXIT.done;
}
