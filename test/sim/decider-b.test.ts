import { runHalf } from "./seeds.ts";

runHalf(1, "test/sim/decider-b.test.ts");
