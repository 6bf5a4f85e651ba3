/** Front matter as people write it, put together from pieces whose places are known. */
import fc from "fast-check";
import type { Json } from "../../src/core/json.ts";

export interface Piece {
  /** Comments and blank lines before it. */
  readonly lead: string;
  /** Up to the mark between key and value. */
  readonly key: string;
  readonly value: string;
  /** A comment behind the value. */
  readonly tail: string;
}

export interface Written {
  readonly text: string;
  readonly keys: readonly string[];
  /** Of a key: what stands before its value, and what behind. */
  readonly around: (key: string) => { readonly before: string; readonly behind: string };
  /** Where a new key may stand at the earliest. */
  readonly head: string;
  readonly foot: string;
}

const YAML_ONE_LINE = [
  ...[
    "plain",
    "two words",
    "'single ''quoted'''",
    '"double \\"quoted\\""',
    "12",
    "1.50",
    "true",
    "2026-01-19",
  ],
  ...[
    "2026-01-19T14:30:00+01:00",
    "[a, 'b', \"c\"]",
    "[ ]",
    "{a: 1, b: [x, y]}",
    "{}",
    "~",
    "yes",
    "- not",
    "&x v",
  ],
  ...["[a,b,]", "https://example.com/#x"],
].filter((value) => value !== "- not");
const YAML_LINES = [
  "\n- a\n# between\n- b   # two",
  "\n  - a\n\n  - 'b'",
  "\n  - name: x\n    url: y\n  -   name: z",
  "\n    author: Kim  # who\n    deep:\n      - 1\n      - {a: b}",
  " |\n  one\n\n  two",
  " >-\n    folded\n    text",
  " |+\n  kept",
  " plain text\n  over lines",
  " [\n  a,\n  b\n]",
  '\n  "quoted key": 1\n  other: |-\n    deep\n    text',
  " # about it\n  - a",
];
const TOML_ONE_LINE = [
  ...[
    '"basic \\"text\\""',
    "'literal'",
    "12",
    "1.50",
    "true",
    "2026-01-19",
    "2026-01-19T14:30:00+01:00",
    "[]",
  ],
  ...[
    "[ 'a', \"b\" ]",
    '["a",]',
    "{ a = 1, b.c = 2 }",
    "{}",
    '"""\none\ntwo"""',
    "'''x'''",
    '[\n  "a", # first\n  "b"\n]',
  ],
  ...["0x1F", "1_000", "inf", "[{ a = 1 }, { a = 2 }]"],
];
const LEADS = ["", "", "", "\n", "# comment: x\n", "#close\n\n"];
const TAILS = ["", "", "", " # tail", "  #   tail: [x]", "   "];
const NAMES = ["title", "date", "draft", "tags", "params", "a-b", "weight", "menu", "summary"];
const BODIES = [
  "",
  "\n# Body\n\ntext\n",
  "text without end",
  "\n\n---\nnot front: matter\n---\n",
  "  \t\n+++\nx",
  "ünï → 文\n",
];

const any = <T>(list: readonly T[]) => fc.constantFrom(...list);

export const yamlPage = page("---", ": ", [
  ...YAML_ONE_LINE.map((value) => fc.record({ value: fc.constant(` ${value}`), tail: any(TAILS) })),
  ...YAML_LINES.map((value) => fc.record({ value: fc.constant(value), tail: fc.constant("") })),
  fc.record({ value: fc.constant(""), tail: any(TAILS) }),
]);

export const tomlPage = page(
  "+++",
  " = ",
  TOML_ONE_LINE.map((value) => fc.record({ value: fc.constant(` ${value}`), tail: any(TAILS) })),
);

function page(
  mark: string,
  sign: string,
  values: readonly fc.Arbitrary<Pick<Piece, "value" | "tail">>[],
): fc.Arbitrary<Written> {
  const piece = fc
    .tuple(any(LEADS), any(NAMES), fc.oneof(...values))
    .map(([lead, name, rest]): Piece => ({ lead, key: name, ...rest }));
  return fc
    .record({
      pieces: fc.uniqueArray(piece, { selector: ({ key }) => key, maxLength: 6 }),
      body: any(BODIES),
      lineEnd: any(["\n", "\r\n"]),
      bom: any(["", "\ufeff"]),
      foot: any(["", "", "\n", "# last: words\n"]),
    })
    .map(({ pieces, body, lineEnd, bom, foot }) => {
      const ended = (text: string) => text.replaceAll("\n", lineEnd);
      const part = ({ lead, key, value, tail }: Piece) => ({
        before: ended(`${lead}${key}${sign.trimEnd()}`),
        value: ended(value),
        behind: ended(`${tail}\n`),
      });
      const parts = pieces.map(part);
      const head = bom + ended(`${mark}\n`);
      const end = ended(`${foot}${mark}\n${body}`);
      const join = (list: typeof parts) =>
        list.map(({ before, value, behind }) => before + value + behind).join("");
      return {
        text: head + join(parts) + end,
        keys: pieces.map(({ key }) => key),
        head: head + join(parts),
        foot: ended(`${mark}\n${body}`),
        around: (key: string) => {
          const at = pieces.findIndex((one) => one.key === key);
          return {
            before: head + join(parts.slice(0, at)) + (parts[at]?.before ?? ""),
            behind: (parts[at]?.behind ?? "") + join(parts.slice(at + 1)) + end,
          };
        },
      };
    });
}

const TEXTS = [
  "",
  "yes",
  "null",
  "12",
  "1:20",
  "a: b",
  "- x",
  "# no",
  "two\nlines\n",
  "x\n---\ny",
  "'",
  '"',
  "[",
  "{a}",
  "ü →",
  "\t",
  " a ",
];

/** Values that a workflow may give. */
export const someValue: fc.Arbitrary<Json> = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 2 },
    any<Json>(TEXTS),
    fc.string({ maxLength: 12 }).filter((text) => text.isWellFormed() && !text.includes("\0")),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(any(["a", "b c", "x.y", "on", "2"]), tie("value"), { maxKeys: 3, noNullPrototype: true }),
  ),
})).value;
