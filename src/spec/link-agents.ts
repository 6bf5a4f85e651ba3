/** Who carries a task out, and whether the parameters are what that agent asks for. */
import { instantMs } from "../core/calendar.ts";
import { isCode } from "../core/codes.ts";
import { isMap, type JsonMap } from "../core/json.ts";
import type { Problem } from "../core/problem.ts";
import { RANGES } from "../core/range.ts";
import { checkEmpty } from "./field-values.ts";
import type { Findings } from "./findings.ts";
import { checkSpelling } from "./link-environment.ts";
import { refuseDeployInstead } from "./link-gate.ts";
import { below, checkRangeAt, type Place } from "./link-text.ts";
import { checkWorker } from "./link-worker.ts";
import { nearest } from "./nearest.ts";
import { BUILT_IN, isRole, NO_AGENT, ROLE_PARAMETERS } from "./schema-agents.ts";
import { checkShape } from "./shape.ts";
import type { Path } from "./source.ts";
import type { Targets } from "./target.ts";

export function checkParameters(task: JsonMap, place: Place, agent: string): void {
  if (agent === NO_AGENT) return;
  const { surroundings, findings } = place.level.root;
  if (!BUILT_IN.has(agent)) checkAgent(agent, below(place, "agent"));
  if (isMap(task.repair)) checkRepairer(String(task.repair.agent), below(place, "repair", "agent"));
  if (isMap(task.fallback)) checkAgent(String(task.fallback.agent), below(place, "fallback", "agent"));
  refuseDeployInstead(task, place);
  const parameters = isMap(task.parameters) ? task.parameters : {};
  if (isPlainScript(agent, parameters)) return;
  const at = below(place, "parameters");
  const before = findings.problems.length;
  MORE.get(agent)?.(parameters, at);
  if (isRole(agent, surroundings)) checkRole(parameters, at);
  if (surroundings.workers.has(agent)) checkWorker(agent, parameters, at);
  if (findings.problems.length === before) askDriver(agent, parameters, at);
  if (agent === "deploy") warnNoTarget(parameters, at);
}

/** Allowed, because a workflow may be read and rehearsed before anybody has said where its environments are. */
function warnNoTarget(parameters: JsonMap, place: Place): void {
  const { surroundings, findings } = place.level.root;
  const { environment, bucket } = parameters;
  const isOpen = typeof environment !== "string" || environment.includes("${");
  if (surroundings.targets?.size !== 0 || isOpen || bucket !== undefined) return;
  const message = `environment ${environment} has no target in decapod.yaml, so nothing can be deployed there yet`;
  const hint = `targets: { ${environment}: { bucket: … } }`;
  findings.warn("W_NO_TARGET", { path: [...place.path, "environment"] }, { message, hint });
}

/** The commonest task of all: one script and nothing to ask about it. */
export function isPlainScript(agent: string, parameters: JsonMap): boolean {
  const { run } = parameters;
  return agent === "shell" && typeof run === "string" && run !== "" && Object.keys(parameters).length === 1;
}

/** Checks shapes of parameters before anything is linked: bodies of groups are read from them. */
export function checkParameterShapes(task: JsonMap, path: Path, findings: Findings): void {
  const schema = BUILT_IN.get(String(task.agent));
  if (schema === undefined) return;
  const written = task.parameters;
  if (written === undefined && !NEEDS_PARAMETERS.has(String(task.agent))) return;
  checkShape(schema, written ?? {}, [...path, "parameters"], findings);
}

const NEEDS_PARAMETERS: ReadonlySet<string> = new Set(["group", "finish", "http"]);

function checkAgent(agent: string, place: Place): void {
  const { surroundings, findings } = place.level.root;
  if (
    agent === NO_AGENT ||
    BUILT_IN.has(agent) ||
    surroundings.roles.has(agent) ||
    surroundings.workers.has(agent)
  )
    return;
  const known = [...BUILT_IN.keys(), ...surroundings.roles, ...surroundings.workers];
  const hint = nearest(agent, known) ?? `a role is a file: .claude/agents/${agent}.md`;
  findings.add("E_UNKNOWN_AGENT", { path: place.path }, { message: `there is no agent "${agent}"`, hint });
}

/** It reads what it is told in words, so it must be one that can. */
function checkRepairer(agent: string, place: Place): void {
  const { surroundings, findings } = place.level.root;
  if (!BUILT_IN.has(agent) && !surroundings.workers.has(agent)) return checkAgent(agent, place);
  const message = `${agent} cannot mend anything: a repair is done by a role`;
  const hint = `agent: ${[...surroundings.roles].find((role) => role === "coder") ?? "NAME OF A ROLE"}`;
  findings.add("E_FIELD_CONTEXT", { path: place.path }, { message, hint });
}

function checkRole(parameters: JsonMap, place: Place): void {
  const { findings } = place.level.root;
  const read = structuredClone(parameters) as JsonMap;
  checkShape(ROLE_PARAMETERS, read, place.path, findings);
  if (read.task !== undefined || read.task_file !== undefined) return;
  findings.add(
    "E_REQUIRED",
    { path: place.path, part: "key" },
    { message: "the agent is not told what to do", hint: "parameters: { task: … }" },
  );
}

/** What a schema cannot say about the parameters of built-in agents. */
const MORE: ReadonlyMap<string, (parameters: JsonMap, place: Place) => void> = new Map([
  ["shell", checkShell],
  ["wait", checkWait],
  ["workflow", checkSubworkflow],
  ["group", checkGroup],
]);

function checkShell(parameters: JsonMap, place: Place): void {
  exactlyOne(parameters, ["run", "command"], place);
  const { command, cwd } = parameters;
  for (const key of ["command", "success_exit_codes"])
    checkEmpty(
      parameters[key],
      [...place.path, key],
      place.level.root.findings,
      `${key}: [0]`.replace("d: [0]", "d: [program]"),
    );
  if (Array.isArray(command)) {
    command.forEach((item, index) => {
      if (typeof item === "number") checkSpelling(item, below(place, "command", index));
    });
  }
  const isOutside = typeof cwd === "string" && (cwd.startsWith("/") || cwd.split("/").includes(".."));
  if (!isOutside) return;
  place.level.root.findings.add(
    "E_OUTSIDE_ROOT",
    { path: [...place.path, "cwd"] },
    { message: `cwd ${cwd} leaves the workspace`, hint: "a path inside the workspace" },
  );
}

function checkWait(parameters: JsonMap, place: Place): void {
  checkRangeAt(parameters, "for", place, RANGES.delay);
  checkRangeAt(parameters, "timeout", place, RANGES.timeout);
  exactlyOne(parameters, ["for", "until", "event"], place);
  const { until } = parameters;
  if (typeof until === "string" && !until.includes("${") && instantMs(until) === null) {
    const message = `until is no time: "${until}"`;
    const hint = "RFC 3339, such as 2026-12-24T18:00:00Z";
    place.level.root.findings.add("E_TYPE", { path: [...place.path, "until"] }, { message, hint });
  }
  for (const key of ["key", "timeout", "on_timeout"]) {
    if (parameters[key] === undefined || parameters.event !== undefined) continue;
    place.level.root.findings.add(
      "E_FIELD_CONTEXT",
      { path: [...place.path, key], part: "key" },
      { message: `${key} belongs to a wait for an event`, hint: "event: NAME" },
    );
  }
}

function checkSubworkflow(parameters: JsonMap, place: Place): void {
  exactlyOne(parameters, ["name", "path", "inline"], place);
  for (const key of ["allow", "max_tasks"]) {
    if (parameters[key] === undefined || parameters.inline !== undefined) continue;
    place.level.root.findings.add(
      "E_FIELD_CONTEXT",
      { path: [...place.path, key], part: "key" },
      { message: `${key} belongs to an inline workflow`, hint: "inline: …" },
    );
  }
  if (parameters.secrets !== undefined && parameters.inline !== undefined) {
    place.level.root.findings.add(
      "E_FIELD_CONTEXT",
      { path: [...place.path, "secrets"], part: "key" },
      { message: "an inline workflow is data and gets no secrets", hint: "name: …, or path: …" },
    );
  }
  const { secrets } = place.level.root;
  const asked = Array.isArray(parameters.secrets) ? parameters.secrets : [];
  asked.forEach((name, index) => {
    if (secrets.has(String(name))) return;
    place.level.root.findings.add(
      "E_SECRET_UNKNOWN",
      { path: [...place.path, "secrets", index] },
      { message: `context.secrets declares no "${String(name)}"`, hint: nearest(String(name), secrets) },
    );
  });
}

function checkGroup(parameters: JsonMap, place: Place): void {
  if (Array.isArray(parameters.tasks) && parameters.tasks.length > 0) return;
  place.level.root.findings.add(
    "E_REQUIRED",
    { path: [...place.path, "tasks"] },
    { message: "the group has no tasks" },
  );
}

function exactlyOne(parameters: JsonMap, keys: readonly string[], place: Place): void {
  const given = keys.filter((key) => parameters[key] !== undefined);
  if (given.length === 1) return;
  const { findings } = place.level.root;
  if (given.length === 0) {
    findings.add(
      "E_REQUIRED",
      { path: place.path, part: "key" },
      { message: `one of ${keys.join(", ")} is missing`, hint: `parameters: { ${keys[0]}: … }` },
    );
    return;
  }
  const second = String(given[1]);
  findings.add(
    "E_FIELD_CONTEXT",
    { path: [...place.path, second], part: "key" },
    { message: `${given.join(" and ")} exclude each other`, hint: "keep one" },
  );
}

const NO_TARGETS: Targets = new Map();

/** The driver's own check; a key it quotes is where the problem is shown. Of one that was taken out enough was said. */
function askDriver(agent: string, parameters: JsonMap, place: Place): void {
  const { surroundings, findings } = place.level.root;
  for (const problem of surroundings.checks.get(agent)?.(parameters, surroundings.targets ?? NO_TARGETS) ??
    []) {
    const words = wordsOf(problem);
    if (words.some((word) => findings.isGone([...place.path, word]))) continue;
    const key = Object.keys(parameters).find((name) => words.includes(name));
    const spot = { path: key === undefined ? place.path : [...place.path, key] };
    findings.add(isCode(problem.code) ? problem.code : "E_ARG", spot, {
      message: problem.message,
      hint: problem.hint,
    });
  }
}

function wordsOf({ message, hint }: Problem): readonly string[] {
  return `${message} ${hint ?? ""}`.split(/[^A-Za-z0-9_-]+/);
}
