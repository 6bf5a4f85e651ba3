/** An entry point of its own: 270 KB that only schemas with a `pattern` need. */
export { RE2JS } from "re2js";
