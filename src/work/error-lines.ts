/**
 * Lines of a log that tell of trouble, by the words that programs use for it. Logs hold whatever somebody printed, so
 * every pattern takes time in proportion to the line: none has two parts that could share a long run of letters.
 */

const TROUBLE: readonly RegExp[] = [
  // error: …, ERROR …, [error], TypeError: …, error[E0308], error TS2304, SomeException
  /(?:^|[\s[(:|>"'*.])(?:[A-Z]\w*)?(?:errors?|exception)(?:\[\w+\]| [A-Z]{1,4}\d{1,5})?(?:[:!\])]|$)/i,
  /(?:^|[\s[(])ERROR\b|\bError \d{1,5}$/,
  /\bnpm ERR!|\bpanicked at\b|^goroutine \d+ \[|^Traceback \(most recent call last\)/,
  /(?:^|[\s[(])(?:fatal|panic|critical|severe)\b/i,
  /(?:^|\s)(?:FAIL|FAILED|FAILURE|not ok)\b/,
  /\b(?:failed|failure)(?::|$| to\b| with\b| at\b)/i,
  /\b(?:unhandled|uncaught)\b/i,
  /\b(?:segmentation fault|core dumped|out of memory|command not found|permission denied|no such file)\b/i,
  /\bE(?:NOENT|ACCES|CONNREFUSED|CONNRESET|ADDRINUSE|PIPE|PERM|EXIST|TIMEDOUT|NOTFOUND|MFILE|NOSPC)\b/,
  // make: *** [x] Error 1, exit code 2, exited with 1, exit status 127
  /\bexit(?:ed)?(?: with)?(?: code| status)?[ :=]{1,3}[1-9]\d{0,9}\b/i,
];

/** What only says that there was none. */
const HARMLESS: readonly RegExp[] = [
  /\b(?:0|no|without|zero) (?:errors?|failures?|failed|exceptions?)\b/i,
  /\b(?:errors?|failures?|failed) ?[:=] ?(?:0\b|none\b|null\b|false\b|\[\]|\{\})/i,
];

const LENGTH_MAX = 2_000;

export function looksLikeError(line: string): boolean {
  const text = line.length > LENGTH_MAX ? line.slice(0, LENGTH_MAX) : line;
  if (isStackHead(text.trim())) return true;
  return TROUBLE.some((pattern) => pattern.test(text)) && !HARMLESS.some((pattern) => pattern.test(text));
}

/** `at main (file:3:5)`, `File "x.py", line 3` */
function isStackHead(text: string): boolean {
  if (text.startsWith("at ")) return /:\d{1,9}:\d{1,9}\)?$/.test(text);
  return text.startsWith('File "') && /", line \d{1,9}/.test(text);
}
