/** What carries out the operations of the contract. HTTP knows nothing of runs, and this nothing of HTTP. */
import { type CallName, type Happening, type Input, OPERATIONS, type Output } from "../contract.ts";
import { bad, type Problem, type Result } from "../core/problem.ts";

/** Who asks, as far as the door they came through can tell. */
export interface Caller {
  /** The process they say they are; to be proven before anything rests on it. */
  readonly pid: number | null;
}

type Calls = {
  readonly [Name in CallName]: (input: Input<Name>, caller: Caller) => Promise<Result<Output<Name>>>;
};

export type Handlers = Calls & {
  /** Calls back with what happens until it is told to stop. */
  readonly "events.follow": (tell: (item: Happening) => void) => () => void;
};

/** Whether somebody may ask for an operation of this class at all: null when they may. */
export type Admit = (access: "read" | "act" | "decide", caller: Caller) => Promise<Problem | null>;

/** Through the socket comes only who may read the owner's own files: the same user. Among them only people decide. */
export const admitSameUser: Admit = async (access, { pid }) => {
  if (access !== "decide") return null;
  const { refuseProgram } = await import("./people.ts");
  return refuseProgram(pid);
};

/** Asked by this process of itself. */
export function callHandlers(handlers: Calls, caller: Caller) {
  return async <Name extends CallName>(name: Name, input: Input<Name>): Promise<Result<Output<Name>>> => {
    if (OPERATIONS[name].access !== "decide") return handlers[name](input, caller);
    const refused = await admitSameUser("decide", caller);
    return refused === null ? handlers[name](input, caller) : bad(refused);
  };
}
