/** Which stream a command means. */
import { type Stream, streamOf } from "../../exchange/maintask/stream.ts";
import type { Place } from "../application.ts";
import { type Context, type Options, textOption } from "../context.ts";
import { take } from "../refusal.ts";

/** Inside of an invocation the loop's own, where nothing else is said. */
const STREAM_VARIABLE = "MAIN_TASK_STREAM";

export function streamHere({ application }: Context, { root }: Place, options: Options): Stream {
  const inherited = application.environment[STREAM_VARIABLE] ?? "";
  return take(streamOf(root, textOption(options, "stream") ?? (inherited === "" ? null : inherited)));
}
