import { getHeapSpaceStatistics, getHeapStatistics, setFlagsFromString } from "node:v8";
import { saveKeptCode } from "./kept-code.ts";

/** V8's word for where new objects begin; half of it holds them, the other half is what they are copied to. */
const YOUNG = "new_space";
const YOUNG_BYTES = 8 * 1024 * 1024;
/** Looked at after so long, then after twice as long, and so on: most commands have ended by then, the others rarely grow. */
const LOOK_MS = 200;
const LOOK_MS_MAX = 5_000;
/** What is smaller needs no care, and keeps the flags under which its code was compiled. */
const SMALL_BYTES = 24 * 1024 * 1024;
/** Given up for a machine on which V8 does otherwise. */
const BLOCKS_MAX = 2_048;
const BLOCK_WORDS = 1024;

let isKept = false;

/** Sees to it that the heap is kept small once it has grown. */
export function watchHeap(afterMs = LOOK_MS): void {
  setTimeout(() => {
    const isSmall = getHeapStatistics().used_heap_size < SMALL_BYTES && youngBytes() <= YOUNG_BYTES;
    if (isSmall) watchHeap(Math.min(afterMs * 2, LOOK_MS_MAX));
    else keepHeapSmall();
  }, afterMs).unref();
}

/**
 * An engine lives beside the work it starts, and must leave the memory to it. V8 left alone takes three times what
 * lives in a run of 10,000 tasks before it collects: 240 MB instead of 130, and no faster.
 */
export function keepHeapSmall(): void {
  if (isKept) return;
  isKept = true;
  // Under other flags V8 takes no code that was kept, neither ours nor what Node brings of its own modules.
  saveKeptCode();
  setFlagsFromString("--heap-growing-percent=60");
  widenYoung();
}

/**
 * New objects get 4 MB and no more. With what they have at the start, a run of 10,000 tasks is collected 800 times. V8
 * takes no such size of a program that runs, but makes room while much survives: so much is made to survive.
 */
function widenYoung(): void {
  setFlagsFromString("--semi-space-growth-factor=2");
  const held: number[][] = [];
  while (held.length < BLOCKS_MAX && youngBytes() < YOUNG_BYTES)
    held.push(new Array<number>(BLOCK_WORDS).fill(0));
  setFlagsFromString("--semi-space-growth-factor=1");
}

function youngBytes(): number {
  return getHeapSpaceStatistics().find(({ space_name: name }) => name === YOUNG)?.space_size ?? YOUNG_BYTES;
}
