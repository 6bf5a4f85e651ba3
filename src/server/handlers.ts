/** What carries out the operations of the contract. HTTP knows nothing of runs, and this nothing of HTTP. */
import {
  type Access,
  type CallName,
  type Happening,
  type Input,
  OPERATIONS,
  type Output,
} from "../contract.ts";
import { bad, good, type Result } from "../core/problem.ts";

/** Who asks, as far as the door they came through can tell. */
export interface Caller {
  /** The process they say they are; to be proven before anything rests on it. */
  readonly pid: number | null;
  /** What a person shows who sits at no terminal. */
  readonly token?: string;
}

/** Who may ask for what they ask. */
export interface Admitted extends Caller {
  /** How a person was known, as it is journalled. */
  readonly via: string;
}

type Calls = {
  readonly [Name in CallName]: (input: Input<Name>, caller: Admitted) => Promise<Result<Output<Name>>>;
};

export type Handlers = Calls & {
  /** Calls back with what happens until it is told to stop. */
  readonly "events.follow": (tell: (item: Happening) => void) => () => void;
};

/** Whether somebody may ask for an operation of this class at all. */
export type Admit = (access: Access, caller: Caller) => Promise<Result<Admitted>>;

/** All that a door needs. */
export interface Service {
  readonly handlers: Handlers;
  readonly admit: Admit;
}

/** The name of a person's token, when it counts. */
export type CheckToken = (token: string) => Promise<Result<string>>;

const AT_A_TERMINAL = "cli";

/** Through the socket comes only who may read the owner's own files: the same user. Among them only people decide. */
export function admitSameUser(checkToken: CheckToken): Admit {
  return async (access, caller) => {
    if (access !== "decide") return good({ ...caller, via: AT_A_TERMINAL });
    const { refuseProgram, refuseTokenHolder } = await import("./people.ts");
    const { pid, token } = caller;
    const refused = token === undefined ? refuseProgram(pid) : refuseTokenHolder(pid);
    if (refused !== null) return bad(refused);
    if (token === undefined) return good({ ...caller, via: AT_A_TERMINAL });
    const name = await checkToken(token);
    return name.ok ? good({ ...caller, via: `token ${name.value}` }) : name;
  };
}

/** Asked by this process of itself. */
export function callService({ handlers, admit }: Service, self: Caller) {
  const calls: Calls = handlers;
  return async <Name extends CallName>(
    name: Name,
    input: Input<Name>,
    token?: string,
  ): Promise<Result<Output<Name>>> => {
    const { access } = OPERATIONS[name];
    if (access !== "decide") return calls[name](input, { ...self, via: AT_A_TERMINAL });
    const admitted = await admit(access, token === undefined ? self : { ...self, token });
    return admitted.ok ? calls[name](input, admitted.value) : admitted;
  };
}
