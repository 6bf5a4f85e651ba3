/** The real program at a terminal of its own, that `script` of bsdutils plays. */
import { spawn } from "node:child_process";
import { PROGRAM } from "../support/program.ts";
import { environmentWith, type Folder } from "./decapod.ts";

export const TERMINAL = "script";

/** Types each answer, or does what stands in its place, once its question stands on the screen. */
export function terminal(
  folder: Pick<Folder, "path">,
  words: readonly string[],
  answers: readonly (readonly [question: string, typed: string | (() => void)])[],
  more: Readonly<Record<string, string>> = {},
) {
  const command = [...PROGRAM, ...words].map((word) => `'${word}'`).join(" ");
  const env = { ...environmentWith(folder.path), TERM: "xterm", SHELL: "/bin/sh", ...more };
  const child = spawn(TERMINAL, ["-qefc", command, "/dev/null"], {
    cwd: folder.path,
    env,
    stdio: ["pipe", "pipe", "inherit"],
  });
  const left = [...answers];
  let screen = "";
  let from = 0;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    screen += text;
    // What comes in one piece may hold more than one of them.
    for (let next = left[0]; next !== undefined; next = left[0]) {
      const at = screen.indexOf(next[0], from);
      if (at === -1) return;
      from = at + next[0].length;
      left.shift();
      if (typeof next[1] === "string") child.stdin.write(next[1]);
      else next[1]();
    }
  });
  const killer = setTimeout(() => child.kill("SIGKILL"), 240_000);
  return new Promise<{ code: number | null; screen: string }>((resolve) => {
    child.once("close", (code) => {
      clearTimeout(killer);
      resolve({ code, screen });
    });
  });
}
