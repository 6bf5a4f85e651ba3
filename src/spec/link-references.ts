/** Resolves every name in every expression: to a task that has ended, a param, a variable, a name of the place. */

import { present } from "../core/invariant.ts";
import type { JsonMap } from "../core/json.ts";
import { FIELD, inHook, type Level, type Rule, type Use } from "./level.ts";
import { Ancestors } from "./link-graph.ts";
import { axesOf, localNames, undeclaredParam, wrongOfPrevious } from "./link-names.ts";
import { add, environment, isGone, secret, spotOf } from "./link-names-outside.ts";
import { isLike, nearest } from "./nearest.ts";
import { EVERYWHERE, looksSecret, RUN_FIELDS_AT_END, TASK_FIELDS } from "./words.ts";

export function resolveUses(level: Level): void {
  const resolver = new Resolver(level);
  for (const use of level.uses) resolver.resolve(use);
  for (const body of level.bodies.values()) resolveUses(body);
}

/** Names that mean something without a repeat or a send-back too: 1, null, null. */
const ALWAYS: ReadonlySet<string> = new Set(["iteration", "previous", "feedback"]);
const OF_ITEMS: ReadonlySet<string> = new Set(["item", "index", "key", "matrix"]);

class Resolver {
  private readonly level: Level;
  private readonly ancestors = new Map<Level, Ancestors>();

  constructor(level: Level) {
    this.level = level;
  }

  resolve(use: Use): void {
    const { head, path } = use.reference;
    const { root } = this.level;
    if (head === "secrets") return secret(this.level, use);
    if (use.rule.triggerOnly && head !== "trigger" && !root.variables.has(head)) {
      return add(use, this.level, "E_EXPR_NAME", {
        message: `a trigger knows only trigger.… and variables, not "${head}"`,
      });
    }
    if (EVERYWHERE.has(head))
      return this.field(use, [...(EVERYWHERE.get(head) ?? []), ...this.endFields(use)]);
    if (head === "env") return environment(this.level, use);
    const wrong = head === "previous" ? wrongOfPrevious(path[0]) : null;
    if (wrong !== null) return add(use, this.level, "E_EXPR_NAME", wrong);
    if (this.isThere(this.level, use.task, use.rule, use)) return;
    this.unknown(use);
  }

  /** Looks from the inside out; every level it leaves notes the name as one to be handed down. */
  private isThere(level: Level, task: number, rule: Rule, use: Use): boolean {
    const { head } = use.reference;
    const raw = task < 0 ? undefined : level.raws[task];
    if (raw !== undefined && rule.locals && localNames(raw.value).has(head))
      return this.local(raw.value, use);
    const target = level.ids.get(head);
    if (target !== undefined) return this.task(level, { from: task, target, rule, use });
    const body = rule.self ? level.bodies.get(task) : undefined;
    const inner = body?.ids.get(head);
    if (body !== undefined && inner !== undefined) return this.taskField(body, inner, use);
    const isFound = level.parent === null ? this.inFile(level, use) : this.outside(level, level.parent, use);
    if (isFound && level.parent !== null && !level.outerNames.includes(head)) level.outerNames.push(head);
    return isFound;
  }

  private outside(level: Level, parent: Level, use: Use): boolean {
    const isHook = parent.raws[level.host]?.hook !== null;
    return this.isThere(parent, level.host, isHook ? inHook(FIELD) : FIELD, use);
  }

  /** What the file itself declares; a bare name nobody declares becomes a param where there is no params block. */
  private inFile(level: Level, use: Use): boolean {
    const { head, path } = use.reference;
    const { params, variables, paramsDeclared } = level.root;
    if (head === "params") return this.declared(use, path[0], [...params.keys()], "param");
    if (head === "context") return this.context(use, path);
    if (ALWAYS.has(head) || params.has(head) || variables.has(head)) return true;
    if (paramsDeclared || path.length > 0 || OF_ITEMS.has(head) || use.rule.triggerOnly) return false;
    this.becomesParam(head, use);
    return true;
  }

  private becomesParam(name: string, use: Use): void {
    const { root } = this.level;
    root.params.set(name, undeclaredParam(name));
    if (looksSecret(name)) {
      add(use, this.level, "E_SECRET_IN_PARAM", {
        message: `"${name}" would be a param, and its name says that it is a secret`,
        hint: SECRET_HINT,
      });
    }
    const like = [...this.level.ids.keys(), ...root.variables].find((known) => isLike(name, known));
    if (like === undefined) return;
    const said = {
      message: `"${name}" is not declared and becomes a required param`,
      hint: `${like}, or declare it under params`,
    };
    root.findings.warn("W_NAME_LIKE", spotOf(use), said);
  }

  private context(use: Use, path: readonly string[]): boolean {
    if (path[0] === "variables")
      return this.declared(use, path[1], [...this.level.root.variables], "variable");
    const isSecret = path[0] === "secrets";
    const message = isSecret
      ? "a secret is read as secrets.NAME, and only in env"
      : "context has variables and nothing else";
    add(use, this.level, isSecret ? "E_SECRET_CONTEXT" : "E_EXPR_NAME", {
      message,
      hint: "context.variables.NAME, or the bare NAME",
    });
    return true;
  }

  private declared(use: Use, name: string | undefined, known: readonly string[], what: string): boolean {
    const list = what === "param" ? ["params"] : ["context", "variables"];
    if (name === undefined || known.includes(name) || isGone(this.level, list, name)) return true;
    add(use, this.level, "E_EXPR_NAME", {
      message: `there is no ${what} "${name}"`,
      hint: nearest(name, known),
    });
    return true;
  }

  private local(task: JsonMap, use: Use): boolean {
    const { head, path } = use.reference;
    const axes = head === "matrix" && path[0] !== undefined ? axesOf(task.matrix) : null;
    if (axes === null || axes.includes(String(path[0]))) return true;
    add(use, this.level, "E_EXPR_NAME", {
      message: `the matrix has no axis "${path[0]}"`,
      hint: nearest(String(path[0]), axes),
    });
    return true;
  }

  private task(level: Level, asked: { from: number; target: number; rule: Rule; use: Use }): boolean {
    const { from, target, rule, use } = asked;
    const { head } = use.reference;
    const { params, variables } = level.root;
    // Told where the name is given twice.
    if (params.has(head) || variables.has(head)) return true;
    if (rule.tasks === "none") {
      const message = `this is read before the task starts, so it cannot use what ${head} gives`;
      add(use, this.level, "E_REF_NOT_ANCESTOR", {
        message,
        hint: "use params, variables, run, trigger, matrix or item",
      });
      return true;
    }
    const isSelf = from === target;
    if (isSelf && !rule.self && !level.root.duplicates.has(head)) {
      add(use, this.level, "E_REF_NOT_ANCESTOR", {
        message: `${head} cannot read itself here`,
        hint: "its own result is known in success_criteria and until",
      });
    } else if (rule.tasks === "ancestors" && !isSelf && !this.ancestorsOf(level).has(from, target)) {
      this.notAncestor(level, from, target, use);
    }
    return this.taskField(level, target, use);
  }

  private notAncestor(level: Level, from: number, target: number, use: Use): void {
    // Who waits for a name that does not exist may have meant this one.
    if (level.root.duplicates.has(use.reference.head)) return;
    if ([...level.broken].some((one) => one === from || this.ancestorsOf(level).has(from, one))) return;
    const raw = present(level.raws[from], "a name stands in a task");
    const { head } = use.reference;
    const message = `${head} need not have ended when ${String(raw.value.id)} starts`;
    const written = Array.isArray(raw.value.dependencies) ? raw.value.dependencies.map(String) : [];
    let hint = `add it: dependencies: [${[...written, head].join(", ")}]`;
    if (level.raws[target]?.hook !== null) hint = "a hook is no task to wait for";
    else if (this.ancestorsOf(level).has(target, from)) hint = `${head} runs after ${String(raw.value.id)}`;
    add(use, this.level, "E_REF_NOT_ANCESTOR", { message, hint });
  }

  private taskField(level: Level, target: number, use: Use, path = use.reference.path): boolean {
    const { head } = use.reference;
    const [field, inner] = path;
    if (field === undefined) return true;
    if (!TASK_FIELDS.includes(field)) {
      const hint =
        nearest(field, TASK_FIELDS) ?? `${head}.output.${field}, or one of ${TASK_FIELDS.join(", ")}`;
      add(use, this.level, "E_EXPR_NAME", { message: `a task has no "${field}"`, hint });
    } else if (field === "tasks" && inner !== undefined) {
      this.innerTask(level, target, use, path);
    } else if (field === "error" && inner !== undefined && inner !== "class" && inner !== "message") {
      add(use, this.level, "E_EXPR_NAME", {
        message: `an error has no "${inner}"`,
        hint: "class or message",
      });
    }
    return true;
  }

  /** `g.tasks.ID`: of a group its body; what a sub-workflow holds is known only when it runs. */
  private innerTask(
    level: Level,
    target: number,
    use: Use,
    [, inner = "", ...rest]: readonly string[],
  ): void {
    if (level.raws[target]?.value.agent === "workflow") return;
    const body = level.bodies.get(target);
    const found = body?.ids.get(inner);
    const tasks = [...(level.raws[target]?.path ?? []), "parameters", "tasks"];
    if (level.root.findings.wasTakenOut(tasks)) return;
    if (body !== undefined && found !== undefined) return void this.taskField(body, found, use, rest);
    const hint = body === undefined ? "only a group has tasks" : nearest(inner, body.ids.keys());
    add(use, this.level, "E_EXPR_NAME", { message: `${use.reference.head} has no task "${inner}"`, hint });
  }

  private field(use: Use, fields: readonly string[]): void {
    const { head, path } = use.reference;
    const name = path[0];
    if (this.level.parent !== null && !this.level.outerNames.includes(head)) this.level.outerNames.push(head);
    if (name === undefined || fields.includes(name)) return;
    add(use, this.level, "E_EXPR_NAME", {
      message: `there is no "${head}.${name}"`,
      hint: nearest(name, fields) ?? `known: ${fields.join(", ")}`,
    });
  }

  private endFields({ rule, reference }: Use): readonly string[] {
    // Versions before this one let a hook's numbers read them, and a run that began so goes on.
    const isKnown = rule.atEnd === true || this.level.root.isTrusted;
    return isKnown && reference.head === "run" ? RUN_FIELDS_AT_END : [];
  }

  private unknown(use: Use): void {
    const { head } = use.reference;
    const { root } = this.level;
    const own = this.level.raws[use.task]?.path ?? ["nothing"];
    if (isGone(this.level, own, "foreach") || isGone(this.level, own, "matrix")) return;
    if (isGone(this.level, ["params"], head) || isGone(this.level, ["context", "variables"], head)) return;
    if (OF_ITEMS.has(head)) {
      const where =
        head === "matrix" ? "a task with matrix" : "a task with foreach or matrix, once there are items";
      return add(use, this.level, "E_EXPR_NAME", { message: `"${head}" is there only in ${where}` });
    }
    const elsewhere = root.places.get(head.toLowerCase());
    if (elsewhere?.id === head) {
      const inside = elsewhere.names.join(".tasks.");
      return add(use, this.level, "E_EXPR_NAME", {
        message: `"${head}" is a task inside ${elsewhere.names.at(-1) ?? "another group"}`,
        hint: `${inside}.tasks.${head}`,
      });
    }
    const known = [
      ...this.level.ids.keys(),
      ...root.params.keys(),
      ...root.variables,
      ...EVERYWHERE.keys(),
      "params",
      "env",
    ];
    add(use, this.level, "E_EXPR_NAME", {
      message: `nothing is called "${head}"`,
      hint: nearest(head, known),
    });
  }

  private ancestorsOf(level: Level): Ancestors {
    const known = this.ancestors.get(level) ?? new Ancestors(level);
    this.ancestors.set(level, known);
    return known;
  }
}

const SECRET_HINT = "declare it under context.secrets and use it in env";
