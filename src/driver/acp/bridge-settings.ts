/** What driver and bridge of an ACP agent say to each other: settings in a file, events as lines, and one word back. */
import type { Json } from "../../core/json.ts";
import type { PermissionRules } from "../../spec/permission-rules.ts";

/** What an agent may do when it asks, told apart by the kinds of the protocol. */
export interface Policy {
  readonly kinds: readonly string[];
  /** Everything, without a question: the person's own word. */
  readonly all: boolean;
  /** The person's own, about what the kinds are too coarse for; a refusal stands over everything. */
  readonly rules: PermissionRules;
  /** Tools that a person may still allow, call by call: no role, task or plan denies them. */
  readonly askable: readonly string[];
  /** Real paths of folders; what an agent wants with files elsewhere is refused. */
  readonly roots: readonly string[];
  /** Real paths of folders in which nothing but reading is allowed, though a root holds them: but for roots within. */
  readonly closed: readonly string[];
}

export interface BeforeHere {
  readonly id: string;
  /** Only this task goes on with it: it need not be left as it is for others. */
  readonly isOwn: boolean;
}

export interface BridgeSettings {
  /** The agent and its arguments. */
  readonly argv: readonly string[];
  readonly workspace: string;
  /** A file with what it is told. */
  readonly prompt: string;
  readonly model: string | null;
  /** Whose session it goes on with; null: it begins one. */
  readonly session: BeforeHere | null;
  /** How it is to be told who pays, when it asks; null: not at all. */
  readonly authenticate: string | null;
  readonly policy: Policy;
  /** Between the end of its standard input, TERM and KILL. */
  readonly leaveMs: number;
}

/** One line of the bridge's standard output. */
export type BridgeEvent =
  /** `keeps`: it can go on with sessions of earlier processes. */
  | { readonly type: "agent"; readonly name: string; readonly version: string; readonly keeps: boolean }
  | { readonly type: "session"; readonly id: string }
  | { readonly type: "update"; readonly update: Json }
  /** It asked, and was refused. `rule`: would allow just this call. `isEver`: by what the person refuses ever. */
  | {
      readonly type: "refused";
      readonly what: string;
      readonly rule: string | null;
      readonly isEver: boolean;
    }
  | { readonly type: "result"; readonly stopReason: string; readonly usage: Json }
  /**
   * `code` of the protocol; null: of none. `methods`: how it may be told who pays. `isOfSession`: it does not go on with
   * the session that it was given.
   */
  | {
      readonly type: "failed";
      readonly message: string;
      readonly code: number | null;
      readonly methods?: readonly string[];
      readonly isOfSession?: boolean;
    };

/** Written to the bridge: the agent is asked to stop what it does. */
export const CANCEL = "cancel\n";
