/** Commands for what only people decide. */
import type { CommandSpec, OptionSpec } from "./spec.ts";

const COMMENT: OptionSpec = { flags: "--comment <text>", text: "kept with the decision" };
const SET: OptionSpec = {
  flags: "--set <field=value>",
  text: "a value that the decision asks for; field=@file reads a file",
  many: true,
};

const INBOX: CommandSpec = {
  name: "inbox",
  words: "",
  summary: "everything that waits for a person",
  options: [],
  examples: ["inbox", "inbox --json"],
  load: () => import("../commands/inbox.ts"),
};

const APPROVE: CommandSpec = {
  name: "approve",
  words: "[decision]",
  summary: "say yes to what waits for a person; only at a terminal",
  options: [
    { flags: "--choice <word>", text: "another of the choices of the decision than approve" },
    { flags: "--phrase <text>", text: "what must be typed, instead of being asked for it" },
    COMMENT,
    SET,
  ],
  examples: ["approve", "approve a-93fk", "approve a-93fk --choice raise --set usd=2.50"],
  load: () => import("../commands/approve.ts"),
};

const REJECT: CommandSpec = {
  name: "reject",
  words: "<decision>",
  summary: "say no to what waits for a person; only at a terminal",
  options: [COMMENT],
  examples: ['reject a-93fk --comment "not on a Friday"'],
  load: () => import("../commands/reject.ts"),
};

const SEND_BACK: CommandSpec = {
  name: "send-back",
  words: "<decision>",
  summary: "have work done again before it is decided on; only at a terminal",
  options: [
    { flags: "--to <task>", text: "from this task on, not from the one the file names", takes: "task" },
    COMMENT,
  ],
  examples: ['send-back a-93fk --comment "shorter"', "send-back a-93fk --to draft"],
  load: () => import("../commands/send-back.ts"),
};

/** No decision: a program may say that something happened, also from inside a task. */
const EVENT: CommandSpec = {
  name: "event",
  words: "<name>",
  summary: "say that something happened, to every open run that waits for it, now or later",
  options: [
    { flags: "--key <text>", text: "of waits with this key alone; without it of those that have none" },
    { flags: "--data <json>", text: "what they get; @FILE reads a file, - standard input" },
  ],
  examples: [
    "event signed",
    "event paid --key 4711 --data '{\"sum\": 12.5}'",
    "event report --data @report.json",
  ],
  load: () => import("../commands/event.ts"),
};

export const DECIDING: readonly CommandSpec[] = [INBOX, APPROVE, REJECT, SEND_BACK, EVENT];
