/** What Hugo said, in order: 0.111 reports errors on standard output, later versions on standard error. Pure. */

export interface HugoSaid {
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
}

const LINES_MAX = 50;
const LINE_MAX = 600;
const ERROR = /^(?:ERROR|Error:)\s+(?:\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d\s+)?(.*)$/;
const WARNING = /^WARN(?:ING)?\s+(?:\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d\s+)?(.*)$/;

/** The first line of each message, each once; the last "Error: …" only counts what came before it. */
export function hugoSaid(log: string): HugoSaid {
  const errors = new Set<string>();
  const warnings = new Set<string>();
  for (const line of log.split(/\r?\n/)) {
    const error = ERROR.exec(line)?.[1];
    const warning = WARNING.exec(line)?.[1];
    if (error !== undefined && !COUNTS.test(error)) put(errors, error.replace(AROUND, ""));
    if (warning !== undefined) put(warnings, warning);
  }
  return { errors: [...errors], warnings: [...warnings] };
}

const COUNTS = /^Error building site: logged \d+ error/;

/** Said around what went wrong: where in Hugo, not where in the site. */
const AROUND =
  /^Error building site: (?:failed to render pages: )?|execute of template failed: template: \S+ executing "[^"]*" at <.*?>: (?=error calling)/g;

function put(lines: Set<string>, line: string): void {
  if (lines.size < LINES_MAX) lines.add(line.trim().slice(0, LINE_MAX));
}
