// Parameters come as arguments, and as JSON in the file $DECAPOD_PARAMETERS. What it prints goes to its log. Its output
// goes to the file $DECAPOD_OUTPUT: one JSON value, or key=value lines. An exit code other than 0 fails the task.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";

const { folder } = JSON.parse(readFileSync(process.env.DECAPOD_PARAMETERS, "utf8"));
const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
console.log(`${folder} holds ${files.length} files`);
writeFileSync(process.env.DECAPOD_OUTPUT, JSON.stringify({ file_count: files.length }));
