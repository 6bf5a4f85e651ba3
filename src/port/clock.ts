/** Where time comes from. Only this file reads the machine's clocks and sets timers. */
export interface Clock {
  /** Milliseconds since the epoch. May jump both ways. */
  wall(): number;
  /** Milliseconds since some moment. Never goes back; may stand while the machine sleeps. */
  monotonic(): number;
  /** Calls once after the delay. Does not hold the process open unless `hold` says so. Returns what cancels it. */
  after(delayMs: number, call: () => void, options?: { readonly hold?: boolean }): () => void;
  /** Calls in the next loop turn, after what is ready now. */
  soon(call: () => void): void;
}

/** A clock that a test or the simulator moves by hand. */
export interface HeldClock extends Clock {
  /** Moves both clocks; timers fire in the order of their times, and those they set in between fire too. */
  advance(delayMs: number): void;
  /** Moves the wall clock alone, as an administrator or a time server does. */
  jumpWall(delayMs: number): void;
  /** How long until the next timer; null when there is none. 0 also for calls of `soon`. */
  next(): number | null;
}

/** Resolves in the next loop turn, after what is ready now. */
export function nextTurn({ soon }: Pick<Clock, "soon">): Promise<void> {
  return new Promise((resolve) => soon(resolve));
}

/** setTimeout fires at once above 2^31 - 1 ms, so longer waits go in pieces. */
const TIMEOUT_MS_MAX = 2 ** 31 - 1;

/** How often the clock is looked at by itself, and from which gap on between two looks nobody can have looked. */
const BEAT_MS = 2_000;
const GAP_MS = 10_000;

/**
 * Time in which this process could run. While a machine sleeps, or all of it is stopped, some systems let monotonic time
 * go on (macOS does, and Linux for a stopped process): every timeout would be over when it wakes. What is looked at this
 * often and then not for a long while was asleep, and that time does not count.
 */
export function awakeTime(now: () => number): () => number {
  let last = now();
  let sleptMs = 0;
  return () => {
    const at = now();
    if (at - last > GAP_MS) sleptMs += at - last - BEAT_MS;
    last = at;
    return at - sleptMs;
  };
}

let awake: (() => number) | null = null;

function monotonic(): number {
  awake ??= beating();
  return awake();
}

function beating(): () => number {
  const time = awakeTime(monotonicMs);
  setInterval(time, BEAT_MS).unref();
  return time;
}

/** Not performance.now(): with its first call Node loads what measures performance, some 10 ms. */
function monotonicMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1_000 + nanoseconds / 1e6;
}

export const realClock: Clock = {
  wall: () => Date.now(),
  monotonic,
  after: (delayMs, call, options) => afterAwake(Math.max(0, delayMs), call, options?.hold ?? false),
  soon: (call) => {
    setImmediate(call);
  },
};

/** Timers of the platform may fire a moment early. */
const EARLY_MS = 2;

function afterAwake(delayMs: number, call: () => void, hold: boolean): () => void {
  // A short one cannot have slept through anything that its own lateness would not show.
  const due = delayMs > BEAT_MS ? monotonic() + delayMs : null;
  let timer: NodeJS.Timeout;
  const arm = (leftMs: number) => {
    timer = setTimeout(look, Math.min(leftMs, TIMEOUT_MS_MAX));
    if (!hold) timer.unref();
  };
  const look = () => {
    const leftMs = due === null ? 0 : due - monotonic();
    if (leftMs > EARLY_MS) arm(leftMs);
    else call();
  };
  arm(delayMs);
  return () => clearTimeout(timer);
}

interface HeldTimer {
  readonly at: number;
  readonly order: number;
  readonly call: () => void;
}

export function heldClock(startMs = 1_750_000_000_000): HeldClock {
  const timers = new Set<HeldTimer>();
  let now = 0;
  let wall = startMs;
  let order = 0;
  const set = (delayMs: number, call: () => void) => {
    order += 1;
    const timer = { at: now + Math.max(0, delayMs), order, call };
    timers.add(timer);
    return () => void timers.delete(timer);
  };
  const move = (to: number) => {
    wall += to - now;
    now = to;
  };
  return {
    wall: () => wall,
    monotonic: () => now,
    after: set,
    soon: (call) => void set(0, call),
    jumpWall: (delayMs) => {
      wall += delayMs;
    },
    next: () => {
      const first = firstOf(timers);
      return first === null ? null : first.at - now;
    },
    advance: (delayMs) => {
      const until = now + delayMs;
      for (let timer = firstOf(timers); timer !== null && timer.at <= until; timer = firstOf(timers)) {
        timers.delete(timer);
        move(Math.max(now, timer.at));
        timer.call();
      }
      move(until);
    },
  };
}

function firstOf(timers: ReadonlySet<HeldTimer>): HeldTimer | null {
  let first: HeldTimer | null = null;
  for (const timer of timers) {
    if (first === null || timer.at < first.at || (timer.at === first.at && timer.order < first.order)) {
      first = timer;
    }
  }
  return first;
}

/** How far the machine's zone, or that of `TZ`, is ahead of UTC at a time. Asked of Date: Intl's first answer takes 30 ms. */
export function machineOffsetMs(epochMs: number): number {
  return -60_000 * new Date(epochMs).getTimezoneOffset();
}
