/** Giving a person's answer to whoever works on the run, which asks for proof that a person stands behind it. */
import { join } from "node:path";
import { bad, good, type Result } from "../../core/problem.ts";
import { errorCode, type Files, type OpenFile } from "../../port/files.ts";
import { fileOfAnswer } from "../../server/answers.ts";
import type { CallOwner, Project } from "../application.ts";
import type { Context } from "../context.ts";

export type GivenAnswer = Parameters<typeof giveAnswer>[3];

/** The answer is said first; then this process holds what it is known by, and only then it counts. */
export async function giveAnswer(
  { application }: Context,
  { stateFolder }: Project,
  call: CallOwner,
  input: Parameters<typeof call<"decisions.prepare">>[1],
): Promise<Result<{ readonly via: string }>> {
  const said = await call("decisions.prepare", input);
  if (!said.ok) return said;
  const path = join(stateFolder, fileOfAnswer(said.value.answer));
  const held = open(application.files, path);
  if (!held.ok) return held;
  try {
    return await call("decisions.make", said.value);
  } finally {
    held.value.close();
    application.files.remove(path);
  }
}

function open(files: Files, path: string): Result<OpenFile> {
  try {
    return good(files.open(path, "create"));
  } catch (error) {
    const message = `nothing was decided: ${path} cannot be made (${errorCode(error)})`;
    return bad({ code: "E_IO", message, hint: "decapod doctor looks at the disk and the folders" });
  }
}
