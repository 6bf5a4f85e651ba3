import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { Json } from "../json.ts";
import type { Scope } from "./expression.ts";
import {
  literal,
  parseTemplate,
  render,
  renderEnvironment,
  type Template,
  templateReferences,
} from "./template.ts";

const NAMES: Readonly<Record<string, Json>> = {
  title: "Hello",
  count: 5,
  none: null,
  map: { a: [1, "x"] },
  hostile: '"; touch $CANARY; # $(touch $CANARY) `touch` \n %0a',
  nested: "${secrets.AWS_KEY} ${count}",
  large: "x".repeat(700_000),
  deep: JSON.parse(`${"[".repeat(500)}${"]".repeat(500)}`) as Json,
};
const scope: Scope = {
  get: (name) => (Object.hasOwn(NAMES, name) ? NAMES[name] : undefined),
  sha256: String,
};

function parse(value: Json): Template {
  const parsed = parseTemplate(value);
  assert(parsed.ok, parsed.ok ? "" : parsed.problems.map(({ message }) => message).join());
  return parsed.template;
}

function rendered(value: Json): Json {
  const result = render(parse(value), scope);
  assert(result.ok, result.ok ? "" : result.problem.message);
  return result.value;
}

function problems(value: Json) {
  const parsed = parseTemplate(value);
  assert(!parsed.ok);
  return parsed.problems;
}

describe("a template", () => {
  it("without ${ is the value itself", () => {
    const value = { a: ["b", 1, null, { c: "$d {e}" }] };
    assert.deepEqual(parse(value), literal(value));
    assert.deepEqual(parse([]), literal([]));
    assert.deepEqual(parse({}), literal({}));
    fc.assert(
      fc.property(fc.jsonValue(), (any) => {
        fc.pre(!JSON.stringify(any).includes("${"));
        assert.deepEqual(parse(any as Json), literal(any as Json));
      }),
    );
  });

  it("that is one expression keeps its type; in a text strings go in as they are", () => {
    const table: readonly (readonly [Json, Json])[] = [
      ["${map}", { a: [1, "x"] }],
      ["${none}", null],
      ["${count > 3}", true],
      [" ${count}", " 5"],
      ["${title}, ${title}!", "Hello, Hello!"],
      ["<${none}|${map}|${count > 3}|${count}>", '<|{"a":[1,"x"]}|true|5>'],
      ["${ {a: '}'}.a }}", "}}"],
      ["${'$' + '{x}'}", "${x}"],
      ["${title}${title}", "HelloHello"],
      [
        ["a", "${count}", { b: "${title}", c: 1 }],
        ["a", 5, { b: "Hello", c: 1 }],
      ],
    ];
    for (const [value, expected] of table) assert.deepEqual(rendered(value), expected, JSON.stringify(value));
  });

  it("writes $${ for a plain ${", () => {
    assert.deepEqual(parse("$${x}"), literal("${x}"));
    assert.deepEqual(parse({ a: ["$${"] }), literal({ a: ["${"] }));
    assert.equal(rendered("a $${x} ${count} $${y} $$${z} $"), "a ${x} 5 ${y} $${z} $");
    assert.equal(rendered("${count}$${x}"), "5${x}");
    fc.assert(
      fc.property(fc.string(), fc.string(), (left, right) => {
        const escaped = (text: string) => text.replaceAll("${", () => "$${");
        fc.pre(!left.endsWith("$"));
        assert.equal(rendered(`${escaped(left)}\${title}${escaped(right)}`), `${left}Hello${right}`);
      }),
    );
  });

  it("reports every problem with its path and its place in the text", () => {
    const found = problems({ a: "ok ${count} ${title +}", b: ["${fn:nope(1)}", { c: "${x" }], d: "${a}" });
    assert.deepEqual(
      found.map(({ code, path, offset }) => [code, path.join("/"), offset]),
      [
        ["E_EXPR_SYNTAX", "a", 21],
        ["E_EXPR_NAME", "b/0", 2],
        ["E_EXPR_SYNTAX", "b/1/c", 2],
      ],
    );
    assert.match(problems("${{ x }}")[0]?.hint ?? "", /one pair of braces is enough/);
    assert.match(problems("a ${}")[0]?.message ?? "", /empty/);
  });

  it("is not nested without end", () => {
    const deep = JSON.parse(`${"[".repeat(200)}"\${x}"${"]".repeat(200)}`) as Json;
    assert.deepEqual(
      problems(deep).map(({ code }) => code),
      ["E_EXPR_BUDGET"],
    );
  });

  it("X6: is rendered in one pass; what comes out is not read again", () => {
    assert.equal(rendered("${nested}"), "${secrets.AWS_KEY} ${count}");
    assert.equal(rendered("> ${nested}"), "> ${secrets.AWS_KEY} ${count}");
    assert.equal(rendered("$${${title}}"), "${Hello}");
  });

  it("X1: puts hostile data into a value byte for byte", () => {
    assert.equal(rendered("${hostile}"), NAMES.hostile);
    assert.deepEqual(renderEnvironment(parse("${hostile}"), scope), { ok: true, value: NAMES.hostile });
  });

  it("ends at the first problem, which names the expression", () => {
    const result = render(parse(["fine", "see ${title} and ${ map.b }"]), scope);
    assert(!result.ok);
    assert.deepEqual(
      [result.problem.code, result.problem.message, result.problem.offset, result.problem.source],
      ["E_EXPR_NAME", 'map has no "b"', 24, "map.b"],
    );
    assert(!render(parse({ a: "${nope}" }), scope).ok);
    assert(!render(parse("${nope}"), scope).ok);
  });

  it("X4: gives no text above 1 MiB", () => {
    for (const value of ["${large} ${large}", "${deep} and so on"]) {
      const result = render(parse(value), scope);
      assert(!result.ok);
      assert.equal(result.problem.code, "E_EXPR_BUDGET");
    }
  });
});

describe("references of a template", () => {
  it("say where they stand in which text", () => {
    const template = parse({
      a: "x ${build.output.url}",
      b: ["${count + item.n}", "plain"],
      c: "${secrets.KEY}",
    });
    assert.deepEqual(
      templateReferences(template, ["env"]).map(({ head, path, at, offset, length }) => [
        [head, ...path].join("."),
        at.join("/"),
        offset,
        length,
      ]),
      [
        ["build.output.url", "env/a", 4, 16],
        ["count", "env/b/0", 2, 5],
        ["item.n", "env/b/0", 10, 6],
        ["secrets.KEY", "env/c", 2, 11],
      ],
    );
    assert.deepEqual(templateReferences(literal("x")), []);
  });
});

describe("X7: a secret", () => {
  it("stands alone in its ${ }, and stays a name until the arm fills it in", () => {
    const table: readonly (readonly [Json, Json])[] = [
      ["${secrets.KEY}", [{ secret: "KEY" }]],
      ["${ secrets.KEY }", [{ secret: "KEY" }]],
      ["token ${secrets.KEY}:${title}${secrets.B}", ["token ", { secret: "KEY" }, ":Hello", { secret: "B" }]],
      ["${secrets.KEY} for ${title}", [{ secret: "KEY" }, " for Hello"]],
      ["${title}", "Hello"],
      ["a ${count}", "a 5"],
      ["plain", "plain"],
      [7, "7"],
      [null, ""],
      [["${count}"], "[5]"],
    ];
    for (const [value, expected] of table) {
      assert.deepEqual(
        renderEnvironment(parse(value), scope),
        { ok: true, value: expected },
        JSON.stringify(value),
      );
    }
  });

  it("cannot be part of an expression", () => {
    for (const text of [
      "${secrets.KEY + 'x'}",
      "${fn:uppercase(secrets.KEY)}",
      "${secrets}",
      "${secrets.KEY.x}",
      "${secrets[title]}",
      "${secrets.A ?? secrets.B}",
      "${map[secrets.KEY]}",
    ]) {
      const [problem] = problems(text);
      assert.equal(problem?.code, "E_SECRET_CONTEXT", text);
      assert.equal(text.slice(problem?.offset).startsWith("secrets"), true, text);
    }
  });

  it("is never rendered elsewhere", () => {
    for (const value of ["${secrets.KEY}", "a ${secrets.KEY}", ["${secrets.KEY}"]]) {
      const result = render(parse(value), scope);
      assert(!result.ok);
      assert.equal(result.problem.code, "E_SECRET_CONTEXT");
    }
    const list = renderEnvironment(parse(["${secrets.KEY}"]), scope);
    assert(!list.ok);
    assert(!renderEnvironment(parse("${nope}"), scope).ok);
    assert(!renderEnvironment(literal(NAMES.deep as Json), scope).ok);
  });
});
