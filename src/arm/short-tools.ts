/** Short programs the arm runs for an attempt without being one: a secret's command, an effect's check. */
import { LIMITS, type Limits, most } from "../core/limits.ts";
import { bad, good, type Result } from "../core/problem.ts";
import { type Captured, capture } from "../port/spawn.ts";

export interface ToolPlace {
  readonly folder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly limits?: Limits;
}

/** What a check prints is not looked at. */
const CHECK_BYTES_MAX = 65_536;
const PASSED_ON = ["PATH", "HOME", "USER", "LANG"] as const;

/** What the program prints, kept nowhere else. Why it gave nothing never holds its output. */
export async function secretFrom(argv: readonly string[], place: ToolPlace): Promise<Result<string>> {
  const end = await run(argv, place, {
    timeoutMs: most(LIMITS.secretSeconds, place.limits) * 1000,
    bytesMax: most(LIMITS.secretBytes, place.limits),
  });
  if (end.code === 0) return good(Buffer.from(end.stdout).toString("utf8"));
  const why = end.trouble ?? `exit ${end.code}`;
  return bad({ code: "E_SECRET_MISSING", message: `${argv[0]} gave no secret: ${why}` });
}

export type Found = "happened" | "did_not_happen" | "unknown";

/** Exit 0: the effect happened; 1: it did not; anything else tells nothing. */
export async function checkEffect(argv: readonly string[], place: ToolPlace): Promise<Found> {
  const timeoutMs = most(LIMITS.checkSeconds, place.limits) * 1000;
  const { code } = await run(argv, place, { timeoutMs, bytesMax: CHECK_BYTES_MAX });
  if (code === 0) return "happened";
  return code === 1 ? "did_not_happen" : "unknown";
}

function run(
  argv: readonly string[],
  { folder, environment }: ToolPlace,
  bounds: { readonly timeoutMs: number; readonly bytesMax: number },
): Promise<Captured> {
  const given: Record<string, string> = {};
  for (const name of PASSED_ON) {
    const value = environment[name];
    if (value !== undefined) given[name] = value;
  }
  return capture(argv, { folder, environment: given, ...bounds });
}
