/** What a line of MAIN_TASK may say: one sentence, one clear action, few words. */

export const WORDS_MAX = 15;

/** Ends with a point and is no sentence. */
const SHORT = /\b(?:vs|etc|approx|no|inc|corp|ltd|co|dr|mr|mrs|ms|prof|st|ca|cf|fig|vol|ed|al)\.$/i;
const SENTENCE_END = /[.!?…]["'”’)\]]*(?=\s)/gu;
/** Joins a second action to the first. */
const JOINED = /;|,?\s+(?:and|&)\s+then\s|,\s+then\s|\s+(?:->|→|=>)\s+/iu;

const HINT =
  'one clear action, such as "Execute market-sizing subtask"; what comes after it is the next invocation\'s';

/** Why a text is no such line; null when it is one. */
export function sentenceTrouble(text: string): { readonly message: string; readonly hint: string } | null {
  if (text === "") return { message: "is empty", hint: HINT };
  const words = text.split(/\s+/u).length;
  if (words > WORDS_MAX)
    return { message: `has ${words} words, at most ${WORDS_MAX} are allowed`, hint: HINT };
  if (JOINED.test(text)) return { message: "asks for one action after another", hint: HINT };
  if (hasSecondSentence(text)) return { message: "is more than one sentence", hint: HINT };
  return null;
}

function hasSecondSentence(text: string): boolean {
  for (const { index } of text.matchAll(SENTENCE_END)) {
    const before = text.slice(0, index + 1);
    const after = text.slice(index + 1).trimStart();
    // A name such as "U.S." ends no sentence, and neither does what goes on in small letters.
    if (!SHORT.test(before) && !/(?:^|[\s.])\p{L}\.$/u.test(before) && /^["'“‘([]?[\p{Lu}\d]/u.test(after))
      return true;
  }
  return false;
}
