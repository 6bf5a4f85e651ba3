import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { flow, Play } from "../../test/support/decider.ts";
import type { Claim } from "./effect.ts";
import {
  bucketOf,
  compareClaims,
  fits,
  globsMayOverlap,
  type Held,
  isGroupLane,
  otherLimit,
  outsideOf,
} from "./grant.ts";
import { writtenLanes } from "./needs.ts";

const CLAIM: Claim = {
  run: "R",
  task: "a",
  attempt: 1,
  lanes: [],
  touches: [],
  within: [],
  pool: "default",
  labels: [],
  priority: 0,
  order: 0,
};
const OFFER = { freeSlots: 1, pool: "default", labels: ["aws", "mac"] };
const held = (over: Partial<Held> = {}): Held => ({ lanes: new Map(), touches: [], ...over });

describe("grant (formats.md 1.8)", () => {
  test("pool and labels decide which arm may", () => {
    assert.ok(fits(CLAIM, OFFER, held()));
    assert.ok(!fits({ ...CLAIM, pool: "gpu" }, OFFER, held()));
    assert.ok(fits({ ...CLAIM, labels: ["mac", "aws"] }, OFFER, held()));
    assert.ok(!fits({ ...CLAIM, labels: ["mac", "gpu"] }, OFFER, held()));
  });

  test("each lane must have room", () => {
    const lanes = [
      { name: "run:R", limit: 3 },
      { name: "group:db", limit: 1 },
    ];
    assert.ok(fits({ ...CLAIM, lanes }, OFFER, held({ lanes: new Map([["run:R", 2]]) })));
    assert.ok(
      !fits(
        { ...CLAIM, lanes },
        OFFER,
        held({
          lanes: new Map([
            ["run:R", 2],
            ["group:db", 1],
          ]),
        }),
      ),
    );
  });

  test("overlapping paths never at once", () => {
    const touches = [{ owner: "x", globs: ["content/**", "static/a.png"] }];
    const inside = { ...CLAIM, touches: ["content/a.md"], within: ["x"] };
    assert.ok(fits(inside, OFFER, held({ touches })));
    assert.ok(!fits(inside, OFFER, held({ touches: [...touches, { owner: "y", globs: ["content"] }] })));
    assert.ok(fits(CLAIM, OFFER, held({ touches })));
    assert.ok(fits({ ...CLAIM, touches: ["data/**"] }, OFFER, held({ touches })));
    assert.ok(!fits({ ...CLAIM, touches: ["data/**", "content/a.md"] }, OFFER, held({ touches })));
  });

  for (const [left, right, overlap] of [
    ["content/**", "content/a.md", true],
    ["content/**", "data/**", false],
    ["content/a/**", "content/*/b", true],
    ["**", "anything", true],
    ["a.md", "a.md", true],
    ["./a.md", "a.md", true],
    ["a.md", "b.md", false],
    ["a.md", "a.md.bak", false],
    ["public", "public/index.html", true],
    ["public", "public/**", true],
    ["publicity/**", "public", false],
    ["src/{a,b}", "src/a", true],
    ["src/[ab]", "src/c", true],
    ["src/a?", "lib/a?", false],
    ["public/", "public/index.html", true],
    [".", "public/index.html", true],
    ["./", "public/**", true],
  ] as const) {
    test(`${left} and ${right} ${overlap ? "may overlap" : "cannot overlap"}`, () => {
      assert.equal(globsMayOverlap(left, right), overlap);
      assert.equal(globsMayOverlap(right, left), overlap);
    });
  }

  for (const [outer, inner, isInside] of [
    ["content/**", "content/a.md", true],
    ["content/**", "content/blog/*.md", true],
    ["content/**", "content", true],
    ["content/**", "./content/", true],
    ["content/*.md", "content/*.md", true],
    ["content", "content", true],
    ["content", "content/a.md", true],
    ["content", "content/**", true],
    [".", "data/**", true],
    ["**", "data", true],
    ["content/**", "data/**", false],
    ["content/**", "contents", false],
    ["content/a.md", "content/**", false],
    ["content", "content*", false],
    ["content/a", "content", false],
  ] as const) {
    test(`${inner} lies ${isInside ? "inside" : "outside"} of ${outer}`, () => {
      assert.deepEqual(outsideOf(["static", outer], [inner]), isInside ? [] : [inner]);
    });
  }

  test("whoever overlaps something inside overlaps what it lies in: nobody outside can hold it up", () => {
    const words = ["a", "ab", "a/b", "a/b/c", "b", "a/", "./a", "."];
    const globs = words.flatMap((one) => [one, `${one}*`, `${one}/**`, `${one}/b*`]);
    let found = 0;
    for (const outer of globs) {
      for (const inner of globs) {
        if (outsideOf([outer], [inner]).length > 0) continue;
        for (const other of globs) {
          if (!globsMayOverlap(other, inner)) continue;
          assert.ok(globsMayOverlap(other, outer), `${other}, ${inner} inside ${outer}`);
          found += 1;
        }
      }
    }
    assert.ok(found > 1_000, String(found));
  });

  test("higher priority first, then the older run, then the order in the file", () => {
    const claims = [
      { ...CLAIM, task: "third", run: "B", order: 1 },
      { ...CLAIM, task: "fourth", run: "B", order: 2 },
      { ...CLAIM, task: "first", run: "C", priority: 1 },
      { ...CLAIM, task: "second", run: "A", order: 9 },
    ];
    assert.deepEqual(
      claims.sort(compareClaims).map(({ task }) => task),
      ["first", "second", "third", "fourth"],
    );
    assert.ok(
      compareClaims({ ...CLAIM, run: "A" }, { ...CLAIM, run: "B" }) < 0 &&
        compareClaims({ ...CLAIM, run: "B" }, { ...CLAIM, run: "A" }) > 0,
    );
  });

  test("claims held up by the same things share a bucket", () => {
    const lanes = [{ name: "run:R", limit: 1 }];
    assert.equal(
      bucketOf({ ...CLAIM, lanes }),
      bucketOf({ ...CLAIM, lanes, task: "b", order: 7, priority: 3 }),
    );
    for (const over of [
      { pool: "x" },
      { labels: ["x"] },
      { touches: ["x"] },
      { within: ["x"] },
      { lanes: [] },
    ]) {
      assert.notEqual(bucketOf({ ...CLAIM, lanes }), bucketOf({ ...CLAIM, lanes, ...over }));
    }
  });
});

describe("what an attempt needs", () => {
  const claim = (fields: string, over: ConstructorParameters<typeof Play>[1] = {}) => {
    const play = new Play(flow(`a : ${fields}`), over);
    if (play.status("a") === "failed") return play.error("a").message;
    const [request] = play.done("request");
    assert.ok(request?.do === "request");
    return request.claim;
  };

  test("lanes, paths, pool, labels and priority, all of them as expressions too", () => {
    const spelled = claim(
      "labels: [aws, '${run.name}'], touches: 'content/**', pool: '${trigger.kind}', priority: '${-3}', concurrency: { group: 'db-${run.name}', limit: 2 }",
    ) as Claim;
    assert.deepEqual(
      { ...spelled, order: 0 },
      {
        task: "a",
        attempt: 1,
        run: "RUN",
        lanes: [
          { name: "run:RUN", limit: 3 },
          { name: "group:db-test", limit: 2 },
        ],
        touches: ["content/**"],
        within: [],
        pool: "manual",
        labels: ["aws", "test"],
        priority: -3,
        order: 0,
      },
    );
    assert.deepEqual((claim("priority: 1", { maxParallel: 7 }) as Claim).lanes, [
      { name: "run:RUN", limit: 7 },
    ]);
    assert.equal((claim("labels: ['${7}']") as Claim).labels[0], "7");
    assert.equal((claim("pool: '${7}'") as Claim).pool, "7");
  });

  test("what may be held up by others waits for it, the rest stands in line", () => {
    for (const [fields, status] of [
      ["touches: [x]", "waiting/concurrency"],
      ["concurrency: { group: x }", "waiting/concurrency"],
      ["labels: [x]", "queued"],
    ] as const) {
      assert.equal(new Play(`a : ${fields}`).status("a"), status);
    }
  });

  test("one that cannot be read fails the task", () => {
    for (const fields of [
      "labels: ['${trigger.body}']",
      "touches: ['${trigger.body}']",
      "pool: '${trigger.body}'",
      "priority: '${trigger.kind}'",
      "concurrency: { group: '${trigger.body}' }",
      "concurrency: { group: x, limit: '${trigger.body}' }",
      "labels: '${trigger}'",
    ]) {
      assert.equal(typeof claim(fields), "string", fields);
    }
  });

  test("what lies in a pass that holds paths touches only those, and is not held up by it", () => {
    const holds = [
      { run: "OUTER", touches: ["content/**", "public"] },
      { run: "RUN", touches: ["content/**"] },
    ];
    const inside = claim('touches: [content/a.md, \'${run.name == "test" ? "content/b" : "x"}\']', { holds });
    assert.deepEqual((inside as Claim).within, ["OUTER", "RUN"]);
    assert.deepEqual((claim("labels: [x]", { holds }) as Claim).within, []);
    assert.equal(
      claim("touches: [content/a.md, 'public/${run.name}']", { holds }),
      "task a touches public/test, and what it lies in only content/**: name it there too",
    );
  });

  test("groups that a workflow writes out, in its bodies too, and the first with another limit than in use", () => {
    const workflow = flow(
      `a : concurrency: { group: db, limit: 2 }
       b : concurrency: { group: '\${run.name}' }
       c : concurrency: { group: net, limit: '\${1}' }
       g : agent: group, parameters: { tasks: [{ id: x, agent: shell, parameters: { command: [x] }, concurrency: { group: net } }] }`,
    );
    const lanes = writtenLanes(workflow);
    assert.deepEqual(lanes, [
      { name: "group:db", limit: 2 },
      { name: "group:net", limit: 1 },
    ]);
    const inUse = (name: string) => ({ "group:db": 2, "group:net": 3 })[name];
    assert.deepEqual(otherLimit(lanes, inUse), { group: "net", limit: 1, inUse: 3 });
    assert.equal(
      otherLimit(lanes, () => undefined),
      null,
    );
    assert.deepEqual(lanes.map(isGroupLane), [true, true]);
    assert.equal(isGroupLane({ name: "run:R", limit: 1 }), false);
  });

  test("a rehearsal plays every machine on this one", () => {
    const { pool, labels } = claim("pool: gpu, labels: [aws]", { rehearse: true }) as Claim;
    assert.deepEqual({ pool, labels }, { pool: "default", labels: [] });
    assert.equal((claim("pool: gpu", { rehearse: true }) as Claim).pool, "default");
  });
});
