/** decapod help TOPIC: the pages that belong to no single command. */
import { EXIT } from "../../core/problem.ts";
import { nearest } from "../../spec/nearest.ts";
import type { Context } from "../context.ts";
import { clean } from "../print.ts";
import { usage } from "../refusal.ts";

const EXIT_CODES = `exit codes

  0  done
  1  the run failed
  2  the command line is not understood
  3  input is invalid: a workflow file, a value of a param
  4  refused by policy, or the budget is used up
  5  busy, locked, in conflict, or already decided
  6  the machine: storage, a missing program, a folder that cannot be written
  7  the journal is damaged
  8  waits for a person, or an outcome is unknown; the run is kept
  9  cancelled, or rejected by a person
 10  not found
 11  the run took longer than its timeout
130  ctrl-C; the run is kept
143  ended by a signal; the run is kept

Warnings never change the code.`;

const EXPRESSIONS = `expressions: \${ ... } in the texts of a workflow

  \${plan.output.files}             what a task gave; the task must come before (dependencies)
  \${params.environment}, \${environment}, \${base_url}     params and variables
  \${item}, \${index}, \${key}, \${matrix.node}              inside foreach and matrix
  \${run.id}, \${trigger.time}, \${workflow.name}, \${env.NAME}
  \${test.status == 'success' ? 'green' : 'red'}

  operators   == != < <= > >= && || ! + - * / % in ?: ?? . []
  of a task   status output exit_code error.class error.message attempts duration_seconds
              cost_usd approval items succeeded failed skip_reason iterations tasks
  functions   fn:uppercase lowercase trim length contains starts_with ends_with replace split
              join first last keys values default number string json from_json slug basename
              dirname min max round sum hash slice sort unique flatten merge pluck date date_add

A text that is one expression keeps its type. $\${ is a literal \${. In a shell script (run:) values
go through env:, never into the script's text.`;

const FILES = `files

  .claude/workflows/*.yaml     workflows, found by name (also *.yml, *.json)
  decapod.yaml                 optional: workflows, env.pass, slots, durability
  NAME.rehearsal.yaml          beside a workflow: what --rehearse plays
  .claude/agents/*.md          roles
  .claude/workflow-state/      the journal and the logs; not for git, not to be edited
    decapod.db                 the journal
    runs/RUN/TASK/ATTEMPT/     brief.md, output.log, result.json of an attempt

The project is the nearest folder upward with one of these, else the git root, else the current folder.`;

const TOPICS: Readonly<Record<string, string>> = {
  "exit-codes": EXIT_CODES,
  expressions: EXPRESSIONS,
  files: FILES,
};

export async function action({ application, out }: Context, words: readonly string[]): Promise<number> {
  const [topic = ""] = words;
  const page = Object.hasOwn(TOPICS, topic) ? TOPICS[topic] : undefined;
  if (page !== undefined) {
    out.line(page);
    return EXIT.done;
  }
  const topics = Object.keys(TOPICS);
  throw usage(
    `there is no help on "${clean(topic, 40)}"`,
    `${application.calledAs} help ${nearest(topic, topics) ?? topics.join("|")}`,
  );
}
