import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { editText } from "./edit-text.ts";
import type { Edit } from "./edits.ts";
import { headingsOf } from "./headings.ts";
import { withoutShortcodes } from "./shortcodes.ts";

const replace = (heading: string, body: string, level: number | null = null): Edit => ({
  op: "replace_section",
  heading,
  level,
  body,
});
const append = (heading: string, body: string, level: number | null = null): Edit => ({
  op: "append_section",
  heading,
  level,
  body,
});
const insert = (heading: string, text: string): Edit => ({ op: "insert_after", heading, level: null, text });
const swap = (find: string, replacement: string, times = 1): Edit => ({
  op: "replace_text",
  find,
  with: replacement,
  times,
});

/** The text, or the first problem. */
function after(text: string, ...edits: readonly Edit[]): string {
  const made = editText(text, edits);
  return made.ok ? made.value : `${made.problems[0]?.code} ${made.problems[0]?.message}`;
}

const named = (text: string) => headingsOf(text).map(({ text: words, level }) => `${level} ${words}`);

describe("headings of a page", () => {
  const CASES: readonly (readonly [what: string, text: string, found: readonly string[]])[] = [
    ["with marks, closing marks and attributes", "# A\n## B ##\n### C {#c .x}\n", ["1 A", "2 B", "3 C"]],
    ["underlined, over several lines too", "A\n===\n\nB\nb\n---\n", ["1 A", "2 B b"]],
    ["not a rule below a blank line or a list", "a\n\n---\n- b\n---\n", []],
    [
      "not in a fence, whatever is in it",
      "```md\n# no\n~~~\n# no\n```\n~~~~\n# no\n```\n~~~~\n# A\n",
      ["1 A"],
    ],
    ["not in a fence that is never closed", "# A\n```\n# no\n", ["1 A"]],
    [
      "not in code by indent, in quotes or in lists",
      "    # no\n\n> # no\n\n- # no\n\n  # no\n\n# A\n",
      ["1 A"],
    ],
    [
      "not in a comment or raw HTML",
      "<!--\n# no\n\n# no\n-->\n# A\n<pre>\n# no\n\n# no\n</pre>\n<div>\n# no\n</div>\n",
      ["1 A"],
    ],
    ["not in a shortcode of several lines", '{{< figure\n# no\nsrc="a" >}}\n# A\n', ["1 A"]],
    ["not in what a shortcode encloses", "{{< highlight sh >}}\n# no\n{{< /highlight >}}\n# A\n", ["1 A"]],
    ["but in what a Markdown shortcode encloses", "{{% note %}}\n# A\n{{% /note %}}\n", ["1 A"]],
    ["not hidden by a fence in a shortcode", "{{< code >}}\n```\n{{< /code >}}\n# A\n", ["1 A"]],
    ["not hidden by a shortcode that is never closed", "{{< toc >}}\n# A\n{{< x \n# B\n", ["1 A", "1 B"]],
    ["with line ends of Windows", "A\r\n---\r\n# B\r\n", ["2 A", "1 B"]],
    ["no heading without a space, or of level 7", "#no\n####### no\n", []],
  ];
  for (const [what, text, found] of CASES) it(what, () => assert.deepEqual(named(text), found));

  it("shortcodes end outside of quotes, and lines stay lines", () => {
    assert.equal(withoutShortcodes('a {{< x "y >}} z" >}}\nb'), `a ${"x".repeat(19)}\nb`);
    assert.equal(
      withoutShortcodes("{{< a >}}\r\n{{< a >}}1{{< /a >}}\r\n{{< /a >}}"),
      `${"x".repeat(9)}\r\n${"x".repeat(20)}\r\n${"x".repeat(10)}`,
    );
    assert.equal(withoutShortcodes("{{ .Title }} {{< open"), "{{ .Title }} {{< open");
  });
});

const PAGE =
  "---\ntitle: x\n---\n\nIntro\n\n## Prices\n\nold  \n\n### Detail\n\nmore\n\n\n## Contact\n\nmail\n";

describe("replace_section", () => {
  it("changes what stands between the heading and the next of its level, and no blank line around it", () => {
    assert.equal(
      after(PAGE, replace("Prices", "\nnew\n\ntext\n\n")),
      PAGE.replace("old  \n\n### Detail\n\nmore", "new\n\ntext"),
    );
    assert.equal(after(PAGE, replace("Detail", "x", 3)), PAGE.replace("more", "x"));
    assert.equal(after(PAGE, replace("Contact", "x")), PAGE.replace("mail", "x"));
  });

  it("fills a section with nothing in it, also at the end of a page without a last line end", () => {
    assert.equal(after("## A\n## B", replace("A", "x")), "## A\n\nx\n\n## B");
    assert.equal(after("## A\n\n## B\n", replace("A", "x")), "## A\n\nx\n\n## B\n");
    assert.equal(after("## A\n## B", replace("B", "x")), "## A\n## B\n\nx");
    assert.equal(after("## A\n## B\n", replace("B", "x")), "## A\n## B\n\nx\n");
  });

  it("writes the line ends of the page", () => {
    assert.equal(after("## A\r\n\r\nx\r\n", replace("A", "1\n2")), "## A\r\n\r\n1\r\n2\r\n");
  });

  it("with the same body changes nothing", () => {
    assert.equal(after(PAGE, replace("Prices", "old  \n\n### Detail\n\nmore")), PAGE);
  });

  it("E_HEADING: refuses a heading that is missing, and one that stands twice with both lines", () => {
    assert.equal(after(PAGE, replace("Price", "x")), 'E_HEADING there is no heading "Price"');
    assert.equal(after(PAGE, replace("Prices", "x", 3)), 'E_HEADING there is no heading "Prices" of level 3');
    assert.equal(after("# A\n\n## A\n\nx\n", replace("A", "y", 2)), "# A\n\n## A\n\ny\n");
    const twice = "---\na: 1\n---\n## A\n\nA\n---\n";
    assert.equal(
      after(twice, replace("A", "x")),
      'E_HEADING the heading "A" stands 2 times, in lines 4 and 6',
    );
  });

  it("refuses a body that would reach beyond its section", () => {
    for (const body of ["```\ncode", "<!-- x", "{{< x >}}\n```"])
      assert.match(after(PAGE, replace("Prices", body)), /^E_HEADING the text for "Prices" has a code block/);
    assert.match(after(PAGE, replace("Prices", "# Top")), /^E_HEADING .* holds the heading "Top" of level 1/);
  });
});

describe("append_section and insert_after", () => {
  it("add at the end of the page, and behind a section, with one blank line between", () => {
    assert.equal(after(PAGE, append("New", "text\n")), `${PAGE}\n## New\n\ntext\n`);
    assert.equal(after("no end", append("New", "", 3)), "no end\n\n### New");
    assert.equal(after("---\na: 1\n---\n", append("New", "x")), "---\na: 1\n---\n\n## New\n\nx\n");
    assert.equal(
      after(PAGE, insert("Prices", "## Terms\n\nx")),
      PAGE.replace("## Contact", "## Terms\n\nx\n\n## Contact"),
    );
    assert.equal(after(PAGE, insert("Contact", "- call")), `${PAGE}\n- call\n`);
  });

  it("made twice are made once", () => {
    for (const edit of [
      append("New", "x"),
      insert("Prices", "## T\n\nx"),
      insert("Prices", "x"),
      insert("Contact", "x"),
    ]) {
      const once = after(PAGE, edit);
      assert.equal(after(once, edit), once);
    }
  });

  it("E_HEADING: are refused behind a code block that is never closed", () => {
    for (const edit of [append("New", "x"), insert("A", "x")])
      assert.match(after("# A\n```\n", edit), /^E_HEADING the page ends in a code block/);
  });

  it("E_HEADING: a section that is there already with another body", () => {
    const said = 'E_HEADING there is a section "Contact" already, in line 16, with another body';
    assert.equal(after(PAGE, append("Contact", "x")), said);
  });
});

describe("replace_text", () => {
  it("changes an exact text as often as it was said to stand there", () => {
    assert.equal(after("a.b a.b", swap("a.b", "$&", 2)), "$& $&");
    assert.equal(after("a\r\nb\r\n", swap("a\nb", "c\nd")), "c\r\nd\r\n");
    assert.equal(after("aaa", swap("aa", "b")), "ba");
  });

  it("E_TEXT_COUNT: is refused when it stands there more or less often, with the lines", () => {
    assert.equal(
      after("x\ny\nx\n", swap("x", "z")),
      'E_TEXT_COUNT "x" stands 2 times in the file, in lines 1, 3, not once',
    );
    assert.equal(after("x", swap("q", "z")), 'E_TEXT_COUNT "q" stands nowhere in the file, not once');
  });

  it("made twice is made once, also when the new text holds the old one", () => {
    for (const [text, edit] of [
      ["old", swap("old", "new")],
      ["v1 v1", swap("v1", "v1.1", 2)],
    ] as const) {
      const once = after(text, edit);
      assert.equal(after(once, edit), once);
    }
  });
});
