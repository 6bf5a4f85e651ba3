/** What the decider asks of its host. Every effect can also be derived again from a run's state (recover.ts). */
import type { CacheScope } from "./cache-scope.ts";
import type { AttemptRef, ChildNews, Item, Lane, RunStarted } from "./event.ts";
import type { JsonMap } from "./json.ts";
import type { Fact, MeasureAsked, Shown } from "./measured.ts";
import type { OutputValue } from "./outcome.ts";
import type { Purpose } from "./purpose.ts";

export type Effect =
  /** Give this attempt a place on an arm; what it needs is `claim`. */
  | { readonly do: "request"; readonly claim: Claim }
  /** The request is void. */
  | { readonly do: "withdraw"; readonly attempt: AttemptRef }
  /** End a running attempt: TERM, grace, KILL. */
  | { readonly do: "stop"; readonly attempt: AttemptRef; readonly cause: StopCause }
  /** Send task.expanded back with these items, and with what a cache has of them. */
  | {
      readonly do: "expand";
      readonly task: string;
      readonly items: readonly Item[];
      readonly cache: CacheScope | null;
    }
  /** Of a success, for others: an output for each item. Not asked for again after a restart. */
  | {
      readonly do: "keep";
      readonly task: string;
      readonly cache: CacheScope;
      readonly outputs: readonly OutputValue[];
    }
  /** Look at what a person is to be asked about, and send it back as task.measured. */
  | { readonly do: "measure"; readonly task: string; readonly asked: MeasureAsked }
  | { readonly do: "start_child"; readonly child: ChildRequest }
  /** `twice`: without its hooks. Asked for again after a restart, so doing it twice is doing it once. */
  | { readonly do: "stop_child"; readonly attempt: AttemptRef; readonly twice: boolean }
  | { readonly do: "pause_child"; readonly attempt: AttemptRef }
  | { readonly do: "resume_child"; readonly attempt: AttemptRef; readonly interrupted: boolean }
  /** Of a child: its parent shall know, if it does not know yet. Only the last word of a moment counts. */
  | { readonly do: "tell_parent"; readonly news: ChildNews["type"] }
  | { readonly do: "set_timer"; readonly timer: Timer }
  | { readonly do: "clear_timer"; readonly timer: string }
  | { readonly do: "ask"; readonly decision: Decision }
  | { readonly do: "withdraw_decision"; readonly decision: string }
  /** A decision nobody made in time goes on to more people. */
  | { readonly do: "escalate"; readonly decision: string }
  | {
      readonly do: "join_group";
      readonly group: string;
      readonly limit: number;
      readonly onConflict: "queue" | "cancel_running" | "skip";
    }
  | { readonly do: "leave_group"; readonly group: string }
  /** Hold back, or let go again, what this run has asked for. */
  | { readonly do: "hold" | "release" }
  | { readonly do: "close"; readonly status: "success" | "failed" | "cancelled" };

export type StopCause = "cancelled" | "timeout" | "budget" | "finished";

/** What an attempt needs before it may start; judged by grant.ts over all runs of the project. */
export interface Claim extends AttemptRef, Purpose {
  readonly run: string;
  readonly lanes: readonly Lane[];
  readonly touches: readonly string[];
  /** Runs around it that hold these paths already: what they hold is not in its way. */
  readonly within: readonly string[];
  /** null: no arm is needed, the engine itself begins the pass. */
  readonly pool: string | null;
  readonly labels: readonly string[];
  readonly priority: number;
  /** Place of the task in the file, then of the item: the last tie-break. */
  readonly order: number;
}

/** A timer is either on the run's monotonic ticks or at a wall time. */
export type Timer =
  | {
      readonly id: string;
      readonly kind: "tick" /** fires when the run's tick reaches this */;
      readonly due: number;
    }
  | {
      readonly id: string;
      readonly kind: "delay" /** counts downtime; begins at wall `from` */;
      readonly from: number;
      readonly delayMs: number;
    }
  | { readonly id: string; readonly kind: "wall" /** ms since the epoch */; readonly due: number };

/** Something a person decides. The id is unique in the run; people see a project-wide one made from it. */
export interface Decision {
  readonly id: string;
  readonly kind: "approval" | "blocker" | "budget" | "permission" | "question";
  readonly task: string;
  readonly item: number | null;
  /** Of an item: how people call it. */
  readonly key?: string;
  readonly message: string;
  readonly show: JsonMap | null;
  readonly phraseRequired: boolean;
  readonly choices: readonly string[];
  /** Of a question: answers that the agent offers; any other text is one too. */
  readonly offers?: readonly string[];
  /** Of a permission: the tools that a yes allows. */
  readonly wants?: readonly string[];
  /** Of a fan-out beyond its cap: how many agents a yes lets start. */
  readonly agents?: number;
  readonly fields: JsonMap | null;
  readonly sendBackTo: string | null;
  /** How often one task may be sent back by it. */
  readonly maxRounds: number;
  /** Binds the decision to exactly what will happen. */
  readonly digest: string;
  readonly askedAt: number;
  readonly expiresAt: number | null;
  readonly onExpiry: "reject" | "escalate" | null;
  /** The only people who may decide; absent: whoever is asked. */
  readonly approvers?: readonly string[];
  /** Started the run and may therefore not approve it; absent: everybody else of `approvers` and they too. */
  readonly notBy?: string;
  /** What the engine itself knows of it; absent: nothing was looked at. */
  readonly facts?: readonly Fact[];
  /** The work that it is about, as it is now. */
  readonly shown?: Shown;
  /** Of a deploy to production: its phrase is the engine's own. */
  readonly production?: true;
  /** The decision that was made before, and is void. */
  readonly replaces?: string;
}

export interface ChildRequest extends AttemptRef {
  /** A body of this run's own definition, or another workflow. */
  readonly source:
    | { readonly kind: "body"; readonly path: readonly string[]; readonly scope: JsonMap }
    | {
        readonly kind: "workflow";
        readonly name: string | null;
        readonly path: string | null;
        readonly params: JsonMap;
        readonly secrets: readonly string[];
        readonly detached: boolean;
      }
    | {
        readonly kind: "inline";
        readonly definition: JsonMap;
        readonly params: JsonMap;
        readonly allow: readonly string[];
        readonly maxTasks: number;
      };
  readonly lanes: readonly Lane[];
  /** Paths that the pass holds until its end. */
  readonly touches: readonly string[];
  /** What is left of the parents' budget. */
  readonly budget: { readonly usd: number | null; readonly tokens: number | null };
  /** What its run says of what lies around it. */
  readonly notes: Pick<RunStarted, "fanned" | "escalates" | "worktree">;
}
