/** What a project has to complete with. Whatever goes wrong on the way, there is nothing to complete, and no word of it. */
import { decompositionNames } from "../../exchange/maintask/decompositions.ts";
import { readTasks } from "../../exchange/maintask/loop-tasks.ts";
import { everyStream, type Stream } from "../../exchange/maintask/stream.ts";
import type { Files } from "../../port/files.ts";
import { counts, readTokens } from "../../server/person-tokens.ts";
import { findWorkflow, listBuiltIn, listWorkflows, type Project, readProject } from "../../spec/project.ts";
import { readWritten, type Written } from "../../spec/written.ts";
import type { Application, Reader } from "../application.ts";
import { openInProject } from "../deciding/find-decision.ts";
import { findRun } from "../ids.ts";
import { Overview } from "../overview.ts";
import { clean } from "../print.ts";
import { knownRoles } from "../roles.ts";
import { localTime } from "../text.ts";
import { lookOfRun } from "../words.ts";
import { anyWorkedOn } from "../worked-on.ts";
import type { Candidate, Sources } from "./complete.ts";

const RUNS_MAX = 50;
const WHAT_MAX = 100;

export function sourcesOf(
  application: Application,
  asked: string | null,
  topics: () => readonly Candidate[],
): Sources {
  const { files, cwd, builtInFolders } = application;
  const project = (): Project | null => {
    const found = application.project(asked);
    if (!found.ok) return null;
    const read = readProject({ files, asked: found.value.root, currentFolder: cwd, home: null });
    return read.ok ? read.value : null;
  };
  const written = (name: string): Written | null => {
    const own = project();
    const found = own === null ? null : findWorkflow(own, files, { name, folder: cwd, builtInFolders });
    return found?.ok === true ? readWritten(files, found.value.path) : null;
  };
  const describe = ({ name, path }: { readonly name: string; readonly path: string }): Candidate => ({
    value: name,
    what: glance(files.readTextIf(path) ?? ""),
  });
  const withReader = (use: (reader: Reader) => readonly Candidate[]): readonly Candidate[] => {
    const found = application.project(asked);
    const read = found.ok ? application.read(found.value) : null;
    if (read?.ok !== true || read.value === null) return [];
    try {
      return use(read.value);
    } finally {
      read.value.close();
    }
  };
  return {
    workflows: calm(() => {
      const own = project();
      return own === null ? [] : listWorkflows(own, files, builtInFolders).map(describe);
    }),
    templates: calm(() => listBuiltIn(files, builtInFolders).map(describe)),
    topics: calm(topics),
    runs: calm(() => withReader(runsIn)),
    tasksOfRun: calm((typed: string) =>
      withReader((reader) => {
        const run = findRun(reader, typed);
        if (!run.ok) return [];
        return reader.tasks(run.value).map(({ task, status }) => ({ value: task, what: status }));
      }),
    ),
    ...sourcesOfLoops(files, project),
    decisions: calm(() => withReader(decisionsIn)),
    tokens: calm(() => tokensOf(application, project()?.root ?? cwd)),
    roles: calm(() => rolesOf(application, asked)),
    tasksOfWorkflow: calm((name: string) => (written(name)?.tasks ?? []).map(plain)),
    params: calm((name: string) =>
      (written(name)?.params ?? []).flatMap(({ name: param, choices, what }) =>
        choices.length > 0
          ? choices.map((choice) => ({ value: `${param}=${choice}`, what }))
          : [{ value: `${param}=`, what }],
      ),
    ),
  };
}

function sourcesOfLoops(files: Files, project: () => Project | null) {
  const streams = () => {
    const own = project();
    return own === null ? [] : everyStream(files, own.root);
  };
  return {
    tasksOfLoops: calm(() => streams().flatMap((stream) => tasksIn(files, stream))),
    decompositions: calm(() => decompositionNames(files, project()?.root ?? null).map(plain)),
    streams: calm(() => streams().flatMap(({ name }) => (name === null ? [] : [plain(name)]))),
  };
}

function tasksIn(files: Files, stream: Stream): readonly Candidate[] {
  return readTasks(files, stream).tasks.map(({ name, state }) => ({
    value: name,
    what: stream.name === null ? state : `${state}, ${stream.shown}`,
  }));
}

function plain(value: string): Candidate {
  return { value, what: "" };
}

/** Newest first. */
function runsIn(reader: Reader): readonly Candidate[] {
  const time = localTime();
  const rows = reader.runs({ limit: RUNS_MAX });
  const overview = new Overview(reader, rows, anyWorkedOn(reader));
  return rows.map((row) => ({
    value: overview.nameOf(row),
    what: `${clean(row.workflow, 40)}, ${lookOfRun(overview.stateOf(row)).word}, ${time.date(row.startedAt)}`,
  }));
}

function decisionsIn(reader: Reader): readonly Candidate[] {
  return openInProject(reader).map(({ name, decision: { kind, task, message } }) => ({
    value: name,
    what: clean(`${kind} ${task}: ${message.split("\n")[0] ?? ""}`, WHAT_MAX),
  }));
}

function tokensOf({ environment, files, clock }: Application, root: string): readonly Candidate[] {
  const tokens = readTokens({ environment, files, root });
  const now = clock.wall();
  return tokens.ok ? tokens.value.filter((one) => counts(one, now)).map(({ name }) => plain(name)) : [];
}

function rolesOf(application: Application, asked: string | null): readonly Candidate[] {
  const own = application.project(asked);
  const roles = own.ok ? knownRoles(application, own.value) : [];
  return roles.map(({ names, read }) => ({
    value: names[0] ?? "",
    what: clean(read.description ?? "", WHAT_MAX),
  }));
}

/** A file is not parsed to complete its name: the line that begins with the word will do. */
function glance(text: string): string {
  return clean(/^description: *["']?([^\n]*?)["']? *$/m.exec(text)?.[1] ?? "", WHAT_MAX);
}

function calm<Words extends readonly string[]>(
  read: (...words: Words) => readonly Candidate[],
): (...words: Words) => readonly Candidate[] {
  return (...words) => {
    try {
      return read(...words);
    } catch {
      return [];
    }
  };
}
