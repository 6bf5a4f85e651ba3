/**
 * The whole bench as one table: `npm run bench`. Floors are measured in the same rounds as what stands beside them.
 * `--gate`: few rounds (many for a part that misses a bound in the few), exit 1 when a gate is missed. `--slack 1.25`:
 * missed only by more than a quarter. `--only 1,5`: these rows. `--json FILE`: the table as data.
 */
import { writeFileSync } from "node:fs";
import { deciderRows } from "./decider.ts";
import { engineRows } from "./engine.ts";
import { rows as journalRows } from "./journal.ts";
import { latencyRow } from "./latency.ts";
import { loopRows } from "./loop.ts";
import { programRows } from "./program.ts";
import { rows as spawnRows } from "./spawn.ts";
import { type Line, shareOf, tableOf } from "./table.ts";
import { taskRows } from "./tasks.ts";

const OPTIONS = ["--gate", "--slack", "--only", "--rounds", "--json"];
const ROUNDS = { bench: 9, gate: 3 } as const;

interface Part {
  readonly rows: readonly string[];
  readonly measure: (rounds: number) => Promise<readonly Line[]>;
}

const PARTS: readonly Part[] = [
  { rows: ["1", "2", "3", "4", "5"], measure: engineRows },
  { rows: ["journal"], measure: journalLines },
  { rows: ["5", "6", "10", "12", "13", "15"], measure: programRows },
  { rows: ["7", "8", "9"], measure: spawnLines },
  { rows: ["11"], measure: async (rounds) => [await latencyRow(Math.min(rounds, 3))] },
  { rows: ["loop"], measure: async (rounds) => loopRows(Math.min(rounds, 5)) },
  { rows: ["tasks"], measure: async (rounds) => taskRows(Math.min(rounds, 5)) },
  { rows: ["decider", "16"], measure: async (rounds) => deciderLines(rounds) },
];

const words = process.argv.slice(2);
const strange = words.find((word) => word.startsWith("-") && !OPTIONS.includes(word));
if (strange !== undefined) {
  process.stderr.write(`bench: there is no option ${strange}; there are ${OPTIONS.join(", ")}\n`);
  process.exit(2);
}
const isGate = words.includes("--gate");
const only = after("--only")?.split(",") ?? null;
const rounds = Number(after("--rounds") ?? (isGate ? ROUNDS.gate : ROUNDS.bench));

const lines: Line[] = [];
for (const { rows, measure } of PARTS) {
  if (only !== null && !rows.some((row) => only.includes(row))) continue;
  const found = await measure(rounds);
  // Few rounds say little of what lies near its bound: then more of them are the answer, whatever the few said.
  const isNear = isGate && found.some(({ share }) => share !== null && share > 1);
  lines.push(...(isNear ? await measure(ROUNDS.bench) : found));
}
lines.sort((left, right) => Number.parseFloat(left.row) - Number.parseFloat(right.row) || 0);
process.stdout.write(`${tableOf(lines)}\n${rounds} rounds on Node ${process.versions.node}\n`);
const file = after("--json");
if (file !== undefined) writeFileSync(file, `${JSON.stringify({ rounds, lines }, null, 2)}\n`);
const slack = Number(after("--slack") ?? 1);
const missed = lines.filter(({ share }) => share !== null && share > slack);
if (isGate && missed.length > 0) {
  process.stdout.write(`missed: ${missed.map(({ row, what }) => `${row} (${what})`).join(", ")}\n`);
  process.exitCode = 1;
}

function after(word: string): string | undefined {
  const place = words.indexOf(word);
  return place < 0 ? undefined : words[place + 1];
}

/** The journal alone, without engine and arm: what rows 1 to 4 cannot be cheaper than. */
async function journalLines(count: number): Promise<readonly Line[]> {
  const found = await journalRows(count);
  return found.map(({ name, unit, floor, ours, ratio, target }) => ({
    row: "0",
    what: name,
    unit,
    floor: unit === "µs" ? floor : null,
    ours,
    ratio: unit === "µs" ? ratio : null,
    target,
    gate: "–",
    share: null,
  }));
}

async function spawnLines(count: number): Promise<readonly Line[]> {
  const found = await spawnRows(count);
  return found.map(({ row, name, unit, floor, ours, ratio, judged, target, gate }) => {
    const figure = judged === "ratio" ? ratio.median : ours.median;
    const bound = judged === "ratio" ? "× floor" : unit;
    return {
      row: String(row),
      what: name,
      unit,
      floor,
      ours,
      ratio: ratio.median,
      target: `≤ ${target} ${bound}`,
      gate: `≤ ${gate} ${bound}`,
      share: shareOf(figure, gate),
    };
  });
}

function deciderLines(count: number): readonly Line[] {
  return deciderRows(count).map(({ row, name, unit, floor, ours, ratio, target, share }) => ({
    row: String(row),
    what: name,
    unit,
    floor,
    ours,
    ratio,
    target,
    gate: target,
    share,
  }));
}
