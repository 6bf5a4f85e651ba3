import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { someValue, tomlPage, type Written, yamlPage } from "../../../test/support/pages.ts";
import { SCALE } from "../../../test/support/scale.ts";
import { equal, isMap, type Json, own } from "../../core/json.ts";
import { editText, readFront } from "./edit-text.ts";
import type { Edit } from "./edits.ts";
import type { Kind } from "./page.ts";

const RUNS: Readonly<Record<string, number>> = { commit: 60, ci: 3_000, soak: 300_000 };
const numRuns = RUNS[SCALE] ?? 60;
const set = (key: string, value: Json): Edit => ({ op: "set", key, value });
const merge = (key: string, value: Json): Edit => ({ op: "merge", key, value });
const remove = (key: string, items: readonly Json[] | null = null): Edit => ({ op: "remove", key, items });

function edited(text: string, edit: Edit, kind: Kind = "page"): string {
  const made = editText(text, [edit], kind);
  assert.ok(made.ok, JSON.stringify([text, edit, made]));
  return made.value;
}

function frontOf(text: string): Readonly<Record<string, Json>> {
  const front = readFront(text, "page");
  assert.ok(front.ok && isMap(front.value), JSON.stringify([text, front]));
  return front.value;
}

it("a list whose last line has a comment takes texts of several lines, and the comment stays one", () => {
  const made = edited("---\ntags:\n- a\n- b   # two\n---\n", set("tags", [{ a: "x\ny" }]));
  assert.equal(made, '---\ntags: [{a: "x\\ny"}]   # two\n---\n');
});

for (const [name, page] of [
  ["YAML", yamlPage],
  ["TOML", tomlPage],
] as const) {
  describe(`keys of ${name} front matter, put together at random`, () => {
    const value =
      name === "TOML" ? someValue.filter((one) => !JSON.stringify(one).includes("null")) : someValue;
    const known = fc
      .tuple(
        page.filter(({ keys }) => keys.length > 0),
        value,
        fc.nat(),
      )
      .map(([written, one, pick]) => ({ written, one, key: written.keys[pick % written.keys.length] ?? "" }));

    it("set: the key has the value, the others have theirs, and every byte around it is what it was", () => {
      fc.assert(
        fc.property(known, ({ written, one, key }) => {
          const before = frontOf(written.text);
          const made = edited(written.text, set(key, one));
          checkOthers(before, made, key);
          assert.ok(equal(own(frontOf(made), key) ?? null, one), made);
          checkAround(written, made, key);
          assert.equal(edited(made, set(key, one)), made, "twice is once");
        }),
        { numRuns },
      );
    });

    it("set to what it is changes nothing", () => {
      fc.assert(
        fc.property(known, ({ written, key }) => {
          const current = own(frontOf(written.text), key) ?? null;
          if (!JSON.stringify(current).includes("null"))
            assert.equal(edited(written.text, set(key, current)), written.text);
        }),
        { numRuns },
      );
    });

    it("set of a new key adds lines and takes none away", () => {
      fc.assert(
        fc.property(page, value, (written, one) => {
          const made = edited(written.text, set("added", one));
          assert.ok(made.startsWith(written.head) && made.endsWith(written.foot), made);
          checkOthers(frontOf(written.text), made, "added");
          assert.ok(equal(own(frontOf(made), "added") ?? null, one), made);
          assert.equal(edited(made, set("added", one)), made);
          assert.deepEqual(frontOf(edited(made, remove("added"))), frontOf(written.text));
        }),
        { numRuns },
      );
    });

    it("remove: the key is gone, everything around its lines stays", () => {
      fc.assert(
        fc.property(known, ({ written, key }) => {
          // Blank lines behind the key would become lines of such a text.
          fc.pre(!written.text.includes("|+"));
          const made = edited(written.text, remove(key));
          assert.equal(own(frontOf(made), key), undefined);
          checkOthers(frontOf(written.text), made, key);
          const { before, behind } = written.around(key);
          const lineEnd = behind.indexOf("\n") + 1;
          assert.equal(
            made,
            before.slice(0, before.length - key.length - (name === "TOML" ? 2 : 1)) + behind.slice(lineEnd),
          );
          assert.equal(edited(made, remove(key)), made);
        }),
        { numRuns },
      );
    });

    it("merge: what was there is there, and merging it again changes nothing", () => {
      fc.assert(
        fc.property(known, ({ written, one, key }) => {
          const made = editText(written.text, [merge(key, one)]);
          if (!made.ok) return assert.equal(made.problems[0]?.code, "E_TYPE", JSON.stringify(made));
          checkOthers(frontOf(written.text), made.value, key);
          assert.equal(edited(made.value, merge(key, one)), made.value);
        }),
        { numRuns },
      );
    });
  });
}

function checkOthers(before: Readonly<Record<string, Json>>, made: string, key: string): void {
  const after = frontOf(made);
  for (const [other, value] of Object.entries(before))
    if (other !== key) assert.deepEqual(after[other], value, `${other} in ${made}`);
}

function checkAround(written: Written, made: string, key: string): void {
  const { before, behind } = written.around(key);
  assert.ok(made.startsWith(before), `before ${key}: ${JSON.stringify([written.text, made])}`);
  assert.ok(made.endsWith(behind), `behind ${key}: ${JSON.stringify([written.text, made])}`);
}

describe("any text, any edit", () => {
  const PARTS = [
    ...[
      "---\n",
      "+++\n",
      "---",
      "{",
      "}",
      '{"a": 1}',
      "a: ",
      "b: [",
      "]",
      "- ",
      "| \n",
      "# h\n",
      "## h\n",
      "===\n",
      "```\n",
    ],
    ...[
      "<!--",
      "-->",
      "{{< x >}}",
      "{{< /x >}}",
      "{{%",
      '"',
      "'",
      "&a ",
      "*a",
      "<<: ",
      "!!t ",
      "? ",
      "\t",
      "\r",
      "\r\n",
      "\n",
    ],
    ...[
      "\ufeff",
      "\u2028",
      "%YAML 1.2\n",
      "...\n",
      "[a]\n",
      "[[a]]\n",
      "x = 1\n",
      "a.b = {}\n",
      "text",
      "  ",
      "#",
    ],
  ];
  const text = fc.oneof(
    fc.string(),
    fc.array(fc.constantFrom(...PARTS), { maxLength: 25 }).map((parts) => parts.join("")),
  );
  const key = fc.constantFrom("a", "b", "a.b", "x", "text");
  const edit: fc.Arbitrary<Edit> = fc.oneof(
    fc.record({ op: fc.constantFrom("set" as const, "merge" as const), key, value: someValue }),
    fc.record({
      op: fc.constant("remove" as const),
      key,
      items: fc.option(fc.array(someValue, { maxLength: 2 })),
    }),
    fc.record({
      op: fc.constant("front_matter" as const),
      form: fc.constantFrom("yaml" as const, "toml" as const),
    }),
    fc.record({
      op: fc.constantFrom("replace_section" as const, "append_section" as const),
      heading: fc.constantFrom("h", "text"),
      level: fc.constantFrom(null, 1, 2),
      body: text,
    }),
    fc.record({
      op: fc.constant("insert_after" as const),
      heading: fc.constant("h"),
      level: fc.constant(null),
      text,
    }),
    fc.record({
      op: fc.constant("replace_text" as const),
      find: fc.constantFrom(...PARTS),
      with: text,
      times: fc.constantFrom(1, 2),
    }),
  );
  const kind = fc.constantFrom<Kind>("page", "page", "yaml", "toml", "json");

  it("ends in a text or a problem with a code, a sentence and never a throw; made twice it is made once", () => {
    fc.assert(
      fc.property(text, edit, kind, (before, one, of) => {
        const made = editText(before, [one], of);
        if (!made.ok) {
          for (const { code, message } of made.problems)
            assert.ok(/^E_[A-Z_]+$/.test(code) && message !== "");
          return;
        }
        // What Macs ended lines with last in 2001 may make a line end of Windows with ours.
        if (/\r(?!\n)/.test(before + ("text" in one ? one.text : "body" in one ? one.body : ""))) return;
        const again = editText(made.value, [one], of);
        if (one.op !== "replace_text" && again.ok) assert.equal(again.value, made.value);
        if (one.op !== "replace_text") assert.ok(again.ok, JSON.stringify([before, one, made, again]));
      }),
      { numRuns: numRuns * 20 },
    );
  });
});

describe("front matter that cannot be edited", () => {
  const codeOf = (text: string, edit: Edit, kind: Kind = "page") => {
    const made = editText(text, [edit], kind);
    return made.ok ? made.value : `${made.problems[0]?.code} ${made.problems[0]?.message}`;
  };
  const CASES: readonly (readonly [text: string, edit: Edit, said: RegExp, kind?: Kind])[] = [
    [
      "# No front matter\n",
      set("a", 1),
      /^E_FRONT_MATTER the page has no front matter in which a could stand/,
    ],
    ["---\na: 1\n", set("a", 1), /^E_FRONT_MATTER .* begins in line 1 with --- is not closed/],
    ["---\na: 1\n--- x\n---\n", set("a", 1), /^E_FRONT_MATTER line 3 begins with ---/],
    ["\n\n---\na: [1\n---\n", set("a", 1), /^E_YAML_SYNTAX line [45]: /],
    [
      "---\na: 1\nb: 2\na: 3\n---\n",
      set("b", 1),
      /^E_YAML_DUPLICATE the key a stands twice in one map, line 2 and line 4/,
    ],
    ["---\n? [x]\n: 1\n---\n", set("b", 1), /^E_YAML_KEY line 2/],
    ["+++\na = 1\nb = \n+++\n", set("a", 2), /^E_TOML_SYNTAX line [34]: /],
    ["+++\na = 1\na = 2\n+++\n", set("a", 2), /^E_TOML_SYNTAX line \d: /],
    ['{"a": 1,}\n', set("a", 2), /^E_JSON not JSON/],
    ["+++\na = 1\n+++\n", set("a", null), /^E_TYPE TOML has no null/],
    ["---\na: text\n---\n", set("a.b", 1), /^E_TYPE a\.b cannot be set: a is no map/],
    ["---\na: text\n---\n", merge("a", [1]), /^E_TYPE a is a single value and cannot be merged with a list/],
    ["---\na: {x: 1}\n---\n", remove("a", [1]), /^E_TYPE a is a map, not a list/],
    ["---\na: &x [1]\nb: *x\n---\n", remove("a"), /^E_FIELD_CONTEXT a is written in a way/],
    ["---\na: &x [1]\nb: *x\n---\n", set("a", [2]), /^E_FIELD_CONTEXT a is written in a way/],
    ["---\nb: *x\n---\n", set("a", [2]), /^E_YAML_SYNTAX line 2: there is no anchor &x/],
    ["- a\n", set("a", 1), /^E_TYPE a cannot be set: the file is no map/, "yaml"],
    [`---\na: ${"[".repeat(300)}\n---\n`, set("a", 1), /^E_DEPTH line 2/],
    ["a: 1\n", { op: "front_matter", form: "toml" }, /^E_FIELD_CONTEXT the file has yaml already/, "yaml"],
    [
      "a: 1\n",
      { op: "append_section", heading: "h", level: 2, body: "" },
      /^E_FIELD_CONTEXT a yaml file has no sections/,
      "yaml",
    ],
    [
      "---\na: 1\n---\n",
      { op: "replace_text", find: "a: 1", with: "a: [", times: 1 },
      /^E_ARG the edit would break the front matter: line [23]/,
    ],
  ];
  for (const [text, edit, said, kind] of CASES)
    it(`${JSON.stringify(text.slice(0, 40))}, ${edit.op}`, () =>
      assert.match(codeOf(text, edit, kind), said));

  it("but can be mended by its text", () => {
    assert.equal(
      codeOf("---\na: [\n---\n", { op: "replace_text", find: "a: [", with: "a: []", times: 1 }),
      "---\na: []\n---\n",
    );
  });

  it("front_matter gives a page one, before its own text and behind a mark of order", () => {
    const edit: Edit = { op: "front_matter", form: "yaml" };
    assert.equal(codeOf("\ufeffText\r\n", edit), "\ufeff---\r\n---\r\n\r\nText\r\n");
    assert.equal(codeOf("", { op: "front_matter", form: "toml" }), "+++\n+++\n");
    assert.equal(codeOf("---\n---\nx", edit), "---\n---\nx");
  });
});

describe("front matter in JSON, and data files", () => {
  it("is edited in the manner in which it is written", () => {
    const text = '{\n\t"title": "x",\n\t"tags": [\n\t\t"a"\n\t]\n}\n\n# Body\n';
    const edits = [
      set("title", 'y"\n'),
      merge("tags", ["b"]),
      set("draft", false),
      set("params.x", { on: [] }),
    ];
    const made = editText(text, edits);
    assert.deepEqual(made, {
      ok: true,
      value:
        '{\n\t"title": "y\\"\\n",\n\t"tags": [\n\t\t"a",\n\t\t"b"\n\t],\n\t"draft": false,\n\t"params": {"x": {"on": []}}\n}\n\n# Body\n',
    });
  });

  it("of YAML, TOML and JSON alone are keys from the first to the last line", () => {
    assert.equal(edited("# c\na: 1", set("b", 2), "yaml"), "# c\na: 1\nb: 2");
    assert.equal(edited("a: 1\nb: 2", remove("b"), "yaml"), "a: 1");
    assert.equal(edited("[t]\nx = 1\n", set("a", "b"), "toml"), 'a = "b"\n[t]\nx = 1\n');
    assert.equal(edited('{"a": 1}\n', set("b", [1]), "json"), '{"a": 1, "b": [1]}\n');
    assert.equal(edited("", set("a.b", 1), "yaml"), "a:\n  b: 1\n");
  });
});
