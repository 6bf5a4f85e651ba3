/** The pages of help that belong to no single command, as data: `decapod help` and the man page print them. */
import type { Candidate } from "./completion/complete.ts";
import { filled } from "./filled.ts";
import { padEnd } from "./text.ts";
import { TOPIC_NAMES, type TopicName } from "./topic-names.ts";

export type Part =
  | { readonly kind: "text"; readonly text: string }
  /** Printed as it stands. */
  | { readonly kind: "lines"; readonly lines: readonly string[] }
  | { readonly kind: "rows"; readonly rows: readonly (readonly [term: string, text: string])[] };

export interface Topic {
  /** One line, for lists. */
  readonly title: string;
  readonly parts: readonly Part[];
}

const EXIT_CODES: Topic = {
  title: "what the number at the end of a command says",
  parts: [
    {
      kind: "rows",
      rows: [
        ["0", "done"],
        ["1", "the run failed"],
        ["2", "the command line is not understood"],
        ["3", "input is invalid: a workflow file, a value of a param"],
        ["4", "refused by policy, or the budget is used up"],
        ["5", "busy, locked, in conflict, or already decided"],
        ["6", "the machine: storage, a missing program, a folder that cannot be written"],
        ["7", "the journal is damaged"],
        ["8", "waits for a person, or an outcome is unknown; the run is kept"],
        ["9", "cancelled, or rejected by a person"],
        ["10", "not found"],
        ["11", "the run took longer than its timeout"],
        ["130", "ctrl-C; the run is kept"],
        ["143", "ended by a signal; the run is kept"],
      ],
    },
    {
      kind: "text",
      text: "Warnings never change the code. workflow fmt --check ends with 1 when it names a file.",
    },
  ],
};

const EXPRESSIONS: Topic = {
  title: "${ ... } in the texts of a workflow",
  parts: [
    {
      kind: "rows",
      rows: [
        ["${plan.output.files}", "what a task gave; the task must come before (dependencies)"],
        ["${base_url}, ${params.base_url}", "params and variables"],
        ["${item}, ${index}, ${key}", "inside foreach; ${matrix.node} inside matrix"],
        ["${run.id}, ${env.NAME}", "also ${workflow.name} and ${trigger.time}"],
      ],
    },
    { kind: "lines", lines: ["${test.status == 'success' ? 'green' : 'red'}"] },
    {
      kind: "rows",
      rows: [
        ["operators", "== != < <= > >= && || ! + - * / % in ?: ?? . []"],
        [
          "of a task",
          "status output exit_code error.class error.message attempts duration_seconds cost_usd approval items succeeded failed skip_reason iterations tasks",
        ],
        [
          "functions",
          "fn:uppercase lowercase trim length contains starts_with ends_with replace split join first last keys values default number string json from_json slug basename dirname min max round sum hash slice sort unique flatten merge pluck date date_add",
        ],
      ],
    },
    {
      kind: "text",
      text: "A text that is one expression keeps its type. $${ is a literal ${. In a shell script (run:) values go through env:, never into the script's text.",
    },
  ],
};

const FILES: Topic = {
  title: "what lies where in a project",
  parts: [
    {
      kind: "rows",
      rows: [
        [".claude/workflows/*.yaml", "workflows, found by name (also *.yml, *.json)"],
        ["NAME.rehearsal.yaml", "beside a workflow: what --rehearse plays"],
        [".claude/workflow.schema.json", "made by init: editors complete and check workflows by it"],
        [".claude/agents/*.md", "roles"],
        [".claude/decompositions/*.yaml", "how tasks of loops are taken apart, found by name"],
        [".tasks/", "loops: MAIN_TASK, [state]_NAME_task.md, and a folder for each task"],
        ["decapod.yaml", "optional: workflows, env.pass, slots, durability"],
        [".claude/workflow-state/", "the journal and the logs; not for git, not to be edited"],
        [".claude/workflow-state/decapod.db", "the journal"],
        [
          ".claude/workflow-state/runs/RUN/TASK/ATTEMPT/",
          "brief.md, output.log and result.json of an attempt",
        ],
      ],
    },
    {
      kind: "text",
      text: "The project is the nearest folder upward with decapod.yaml, .claude/workflows or .claude/workflow-state, else the git root, else the current folder.",
    },
  ],
};

const TEMPLATES: Topic = {
  title: "workflows that come with decapod",
  parts: [
    {
      kind: "rows",
      rows: [
        ["hello", "two tasks side by side and a report; needs no agent"],
        ["code-review", "reviews a change; a second agent tries to refute each finding"],
        ["fix-until-green", "tests and fixes until green; a second agent looks at the fix"],
        ["update-docs", "finds and rewrites pages that the code has left behind"],
        ["upgrade-dependencies", "upgrades packages one by one, takes back what stays red"],
        ["release", "tests, tags, deploys after your word, rolls back what is not well"],
        ["landing-page", "writes, builds and stages a new page of a Hugo site"],
        ["update-page", "changes, builds and stages a page of a Hugo site"],
        ["research", "splits a question, researches the parts, has a critic look"],
        ["bug-fix-template", "investigate, analyze, fix, verify"],
        ["full-stack-feature-template", "design, api and ui, integrate, test"],
      ],
    },
    {
      kind: "text",
      text: "decapod run NAME runs one in any project; --rehearse plays it without doing anything; decapod workflow show NAME says what it takes and needs; decapod workflow new MINE --template NAME makes one your own, and the comment on its top says how to adapt it.",
    },
  ],
};

const ENVIRONMENT: Topic = {
  title: "variables that decapod reads, and those it gives to tasks",
  parts: [
    {
      kind: "rows",
      rows: [
        ["NO_COLOR, FORCE_COLOR", "no colour, or colour also where nobody looks; --color goes first"],
        ["TERM=dumb, CI", "lines instead of a live board"],
        ["TZ", "the zone of the times that are shown"],
        ["PATH", "where programs are looked for; tasks get it without entries inside the project"],
        ["HOME, USER, LOGNAME", "the home folder is no project; the name stands at runs and decisions"],
        ["XDG_STATE_HOME", "below it lie the backups of journals (~/.local/state)"],
        ["XDG_CACHE_HOME", "below it lies compiled code of decapod itself (~/.cache)"],
        ["NODE_COMPILE_CACHE", "another folder for that"],
        ["DECAPOD_BIN", "where npm run link puts the command (~/.local/bin)"],
      ],
    },
    { kind: "text", text: "A task has an environment made from nothing (see the manual), and in it:" },
    {
      kind: "rows",
      rows: [
        ["DECAPOD_RUN, DECAPOD_TASK", "which run and task this is"],
        ["DECAPOD_ATTEMPT", "RUN/TASK/NUMBER of this try"],
        ["DECAPOD_OUTPUT", "a file: JSON or key=value lines written there are the task's output"],
        ["DECAPOD_ARTIFACTS", "a folder of this try, kept with the run"],
      ],
    },
  ],
};

const COMPLETION: Topic = {
  title: "how a shell learns to complete decapod",
  parts: [
    {
      kind: "rows",
      rows: [
        ["bash", "in ~/.bashrc: source <(decapod completion bash)"],
        ["zsh", "in ~/.zshrc, behind compinit: source <(decapod completion zsh)"],
        ["fish", "decapod completion fish > ~/.config/fish/completions/decapod.fish"],
        ["pwsh", "in $PROFILE: decapod completion pwsh | Out-String | Invoke-Expression"],
      ],
    },
    {
      kind: "text",
      text: "Commands, options and their values are completed, and what there is in the project you are in: workflows with their params and tasks, runs by their short names, the tasks of a run, templates.",
    },
  ],
};

export const TOPICS: Readonly<Record<TopicName, Topic>> = {
  "exit-codes": EXIT_CODES,
  expressions: EXPRESSIONS,
  files: FILES,
  templates: TEMPLATES,
  environment: ENVIRONMENT,
  "shell-completion": COMPLETION,
};

const COLUMNS_MAX = 100;
/** With less room beside its term a text stands below it. */
const BESIDE_MIN = 30;

/** `columns`: of the screen it is read on; null: nobody looks. */
export function topicText(name: TopicName, columns: number | null): string {
  const { title, parts } = TOPICS[name];
  const most = Math.min(columns ?? COLUMNS_MAX, COLUMNS_MAX);
  return [`${name}: ${title}`, ...parts.map((part) => partText(part, most))].join("\n\n");
}

function partText(part: Part, columns: number): string {
  switch (part.kind) {
    case "text":
      return filled(part.text, columns).join("\n");
    case "lines":
      return part.lines.map((line) => `  ${line}`.trimEnd()).join("\n");
    case "rows": {
      const wide = Math.max(...part.rows.map(([term]) => term.length));
      return part.rows.map(([term, text]) => rowText(term, text, { wide, columns })).join("\n");
    }
    default:
      return part satisfies never;
  }
}

function rowText(
  term: string,
  text: string,
  { wide, columns }: { readonly wide: number; readonly columns: number },
): string {
  const beside = columns - wide - 4;
  const isBelow = beside < BESIDE_MIN;
  const lines = filled(text, isBelow ? columns - 6 : beside);
  const indent = " ".repeat(isBelow ? 6 : wide + 4);
  if (isBelow) return [`  ${term}`, ...lines.map((line) => indent + line)].join("\n");
  return `  ${padEnd(term, wide)}  ${lines.join(`\n${indent}`)}`;
}

export function topicCandidates(): readonly Candidate[] {
  return TOPIC_NAMES.map((value) => ({ value, what: TOPICS[value].title }));
}
