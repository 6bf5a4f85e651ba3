import { runHalf } from "./seeds.ts";

runHalf(0, "test/sim/decider-a.test.ts");
