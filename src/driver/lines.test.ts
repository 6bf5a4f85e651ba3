import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { lineSplitter } from "./lines.ts";

function linesOf(pieces: readonly (string | Uint8Array)[], bytesMax = 8): readonly (string | null)[] {
  const lines: (string | null)[] = [];
  const splitter = lineSplitter(bytesMax, (line) =>
    lines.push(line === null ? null : Buffer.from(line).toString("utf8")),
  );
  for (const piece of pieces) splitter.write(Buffer.from(piece));
  splitter.end();
  return lines;
}

describe("lines of a stream", () => {
  it("F29: are the same wherever the stream is cut", () => {
    const text = "one\ntwo\n\n12345678\n123456789\nfür\nlast";
    const bytes = Buffer.from(text);
    const expected = ["one", "two", "12345678", null, "für", "last"];
    assert.deepEqual(linesOf([text]), expected);
    for (let cut = 1; cut < bytes.length; cut += 1)
      assert.deepEqual(linesOf([bytes.subarray(0, cut), bytes.subarray(cut)]), expected, `cut at ${cut}`);
    assert.deepEqual(linesOf([...bytes].map((byte) => Uint8Array.of(byte))), expected);
  });

  it("keep no hold of the buffer they came in", () => {
    const buffer = Buffer.from("abc");
    const lines: string[] = [];
    const splitter = lineSplitter(100, (line) => lines.push(String(line)));
    splitter.write(buffer);
    buffer.fill("x");
    splitter.write(Buffer.from("\n"));
    assert.deepEqual(lines, [String(Uint8Array.from(Buffer.from("abc")))]);
  });

  it("F29: one of 300 MB is passed over in the memory of its limit, and what follows is read", () => {
    const piece = Buffer.alloc(65_536, "x");
    const seen: (number | null)[] = [];
    const splitter = lineSplitter(1_000_000, (line) => seen.push(line?.length ?? null));
    global.gc?.();
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    for (let count = 0; count < 4_800; count += 1) {
      splitter.write(piece);
      most = Math.max(most, process.memoryUsage().arrayBuffers - before);
    }
    splitter.write(Buffer.from("\nnext\n"));
    assert.deepEqual(seen, [null, 4]);
    assert.ok(most < 64 * 1024 * 1024, `${most} bytes`);
  });
});
