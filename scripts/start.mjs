// `npm start`: the bundled example over this checkout. `npm start -- ARGS`: decapod ARGS in the folder it was called from.
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { nodeProblem } from "./node-floor.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const problem = nodeProblem(process.versions.node);
if (problem !== null) {
  process.stderr.write(`${problem}\n`);
  process.exit(6);
}
const words = process.argv.slice(2);
if (words.length > 0) process.chdir(process.env.INIT_CWD ?? process.cwd());
process.argv.splice(
  2,
  words.length,
  ...(words.length > 0 ? words : ["run", "release-check", "--project", root]),
);
// Lets hints name the command that was typed: `npm start -- resume`.
process.env.DECAPOD_NPM_START = "1";
await import("../src/main.ts");
