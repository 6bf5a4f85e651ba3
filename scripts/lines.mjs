// Lines of source and tests per room. `--json` for tools.
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

const root = join(import.meta.dirname, "..");
const rooms = new Map();
for (const top of ["src", "test"]) {
  for (const entry of readdirSync(join(root, top), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith(".ts")) continue;
    const file = relative(root, join(entry.parentPath, entry.name));
    const parts = file.split("/");
    const name = parts.length > 2 ? `${parts[0]}/${parts[1]}` : `${parts[0]}/*.ts`;
    const room = rooms.get(name) ?? { files: 0, lines: 0, testLines: 0 };
    const lines = readFileSync(join(root, file), "utf8").split("\n").length - 1;
    const isTest = top === "test" || /\.(test|suite)\.ts$/.test(file);
    rooms.set(name, {
      files: room.files + 1,
      lines: room.lines + (isTest ? 0 : lines),
      testLines: room.testLines + (isTest ? lines : 0),
    });
  }
}
const table = [...rooms]
  .sort(([left], [right]) => (left < right ? -1 : 1))
  .map(([room, counts]) => ({ room, ...counts }));
const sum = (key) => table.reduce((total, row) => total + row[key], 0);
table.push({ room: "all", files: sum("files"), lines: sum("lines"), testLines: sum("testLines") });
if (process.argv.includes("--json")) process.stdout.write(`${JSON.stringify(table, null, 2)}\n`);
else {
  process.stdout.write(
    `${"room".padEnd(20)}${"files".padStart(8)}${"source".padStart(8)}${"tests".padStart(8)}\n`,
  );
  for (const { room, files, lines, testLines } of table) {
    process.stdout.write(
      `${room.padEnd(20)}${String(files).padStart(8)}${String(lines).padStart(8)}${String(testLines).padStart(8)}\n`,
    );
  }
}
