/** `redact:` of decapod.yaml: texts that are replaced like secrets, in all that attempts print and give. */
import { SECRET_LENGTH_MIN } from "../core/limits.ts";
import { bad, good, type Problem, type Result } from "../core/problem.ts";
import type { RedactedText } from "../spec/project-settings.ts";
import { isSecretLongEnough } from "./redact.ts";

/** By the place in the list, which is what stands in a log then; a variable that is not set holds nothing to hide. */
export function redactions(
  list: readonly RedactedText[],
  environment: Readonly<Record<string, string | undefined>>,
): Result<Readonly<Record<string, string>>> {
  const texts: Record<string, string> = {};
  const problems: Problem[] = [];
  list.forEach((entry, index) => {
    const text = "text" in entry ? entry.text : (environment[entry.env] ?? "");
    if (text === "") return;
    if (isSecretLongEnough(text)) texts[`redact[${index}]`] = text;
    else problems.push(tooShort(entry));
  });
  return problems.length === 0 ? good(texts) : bad(...problems);
}

function tooShort(entry: RedactedText): Problem {
  const what = "env" in entry ? `the variable ${entry.env}` : `the text ${entry.text}`;
  return {
    code: "E_SECRET_SHORT",
    message: `${what} under redact of decapod.yaml has fewer than ${SECRET_LENGTH_MIN} characters: it could not be kept out of logs`,
    hint: "use a longer one, or take it out of the list",
  };
}
