import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { equal, type JsonMap } from "../../core/json.ts";
import { readFront } from "./edit-text.ts";
import { filledTemplate } from "./template.ts";

const TEMPLATE =
  '---\ntitle: {title}\nslug: "page-{slug}"\nweight: {weight} # {slug}\ntags: [x, "{tag}"]\n---\n\n# {title}\n';

function filled(template: string, values: JsonMap): string {
  const made = filledTemplate(template, values, "page");
  return made.ok ? made.value : made.problems.map(({ code, message }) => `${code} ${message}`).join("; ");
}

describe("templates", () => {
  it("fill values in front matter by what they are, and texts in the body", () => {
    assert.equal(
      filled(TEMPLATE, { title: "Home", slug: "a b", weight: 3, tag: "yes" }),
      '---\ntitle: Home\nslug: "page-a b"\nweight: 3 # a b\ntags: [x, "yes"]\n---\n\n# Home\n',
    );
    assert.equal(filled("+++\nn = '{n}'\n+++\n{n}", { n: 1.5 }), "+++\nn = 1.5\n+++\n1.5");
  });

  it("no value becomes another key, closes the front matter or fills a placeholder of another", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.constantFrom("x\ndraft: false", "---", "\n---\n# x", '"', "{slug}", "a: b # c", "'", "{", "- x"),
          fc.string().filter((text) => text.isWellFormed() && !text.includes("\0")),
        ),
        (title) => {
          const made = filledTemplate(TEMPLATE, { title, slug: "s", weight: [1], tag: title }, "page");
          assert.ok(made.ok, JSON.stringify(made));
          const front = readFront(made.value, "page");
          const wanted = { title, slug: "page-s", weight: [1], tags: ["x", title] };
          assert.ok(front.ok && equal(front.value, wanted), JSON.stringify([made, front]));
        },
      ),
      { numRuns: 100 },
    );
  });

  it("leave alone what is no placeholder", () => {
    const text = "{{ .Title }} {{< x >}} {{y}} {#id} { z } {a}";
    assert.equal(filled(text, { a: 1 }), text.replace("{a}", "1"));
  });

  it("E_REQUIRED, E_UNKNOWN_KEY: every placeholder has a value, and every value a placeholder", () => {
    assert.equal(
      filled("{a} {b}", { b: 1, c: 2 }),
      "E_REQUIRED the template has {a}, and values has no a; E_UNKNOWN_KEY the template has no {c}",
    );
    assert.match(
      filled("---\n{a}: 1\n---\n", { a: "x" }),
      /^E_FIELD_CONTEXT a placeholder stands in the name of a key/,
    );
    assert.match(filled("+++\nt = {a}\n+++\n", { a: "x" }), /^E_TOML_SYNTAX line 2/);
  });
});
