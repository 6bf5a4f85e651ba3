/** Commands for what only people decide. */
import type { CommandSpec, OptionSpec } from "./spec.ts";

const COMMENT: OptionSpec = { flags: "--comment <text>", text: "kept with the decision" };
const TOKEN_FILE: OptionSpec = {
  flags: "--token-file <file>",
  text: "your token, in place of a terminal; - reads standard input",
};
const SET: OptionSpec = {
  flags: "--set <field=value>",
  text: "a value that the decision asks for; field=@file reads a file",
  many: true,
};

const INBOX: CommandSpec = {
  name: "inbox",
  words: "",
  summary: "everything that waits for a person",
  options: [{ flags: "--full", text: "whole texts, however long they are" }],
  examples: ["inbox", "inbox --full", "inbox --json"],
  load: () => import("../commands/inbox.ts"),
};

const APPROVE: CommandSpec = {
  name: "approve",
  words: "[decision]",
  summary: "say yes to what waits for a person; at a terminal, or with your token",
  options: [
    { flags: "--choice <word>", text: "another of the choices of the decision than approve" },
    { flags: "--phrase <text>", text: "what must be typed, instead of being asked for it" },
    COMMENT,
    SET,
    TOKEN_FILE,
  ],
  examples: ["approve", "approve a-93fk", "approve a-93fk --choice raise --set usd=2.50"],
  load: () => import("../commands/approve.ts"),
};

const ANSWER: CommandSpec = {
  name: "answer",
  words: "<decision> <text...>",
  summary: "answer the question of an agent; at a terminal, or with your token",
  options: [TOKEN_FILE],
  examples: ['answer a-93fk "the blue one"'],
  load: () => import("../commands/answer.ts"),
};

const REJECT: CommandSpec = {
  name: "reject",
  words: "<decision>",
  summary: "say no to what waits for a person; at a terminal, or with your token",
  options: [COMMENT, TOKEN_FILE],
  examples: ['reject a-93fk --comment "not on a Friday"'],
  load: () => import("../commands/reject.ts"),
};

const SEND_BACK: CommandSpec = {
  name: "send-back",
  words: "<decision>",
  summary: "have work done again before it is decided on; at a terminal, or with your token",
  options: [
    { flags: "--to <task>", text: "from this task on, not from the one the file names", takes: "task" },
    COMMENT,
    TOKEN_FILE,
  ],
  examples: ['send-back a-93fk --comment "shorter"', "send-back a-93fk --to draft"],
  load: () => import("../commands/send-back.ts"),
};

const TOKEN_NEW: CommandSpec = {
  name: "token new",
  words: "",
  summary: "a token of yours, to decide with where no terminal is; only at a terminal",
  options: [
    { flags: "--name <text>", text: "what it is called; it stands in the journal with each decision" },
    { flags: "--expires <duration>", text: "how long it counts (30d), at most 365d" },
    { flags: "--out <file>", text: "into a new file for you alone, and not on the screen" },
  ],
  examples: ["token new --name laptop --expires 7d --out ~/.decapod-token"],
  load: () => import("../commands/token-new.ts"),
};

const TOKEN_LIST: CommandSpec = {
  name: "token list",
  words: "",
  summary: "your tokens, those that count and those that do no more",
  options: [],
  examples: ["token list"],
  load: () => import("../commands/token-list.ts"),
};

const TOKEN_REVOKE: CommandSpec = {
  name: "token revoke",
  words: "<token>",
  summary: "a token decides nothing from now on",
  options: [],
  examples: ["token revoke laptop"],
  load: () => import("../commands/token-revoke.ts"),
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
  examples: ["event signed", "event paid --key 4711 --data 12.5", "event report --data @report.json"],
  load: () => import("../commands/event.ts"),
};

export const DECIDING: readonly CommandSpec[] = [
  INBOX,
  APPROVE,
  ANSWER,
  REJECT,
  SEND_BACK,
  TOKEN_NEW,
  TOKEN_LIST,
  TOKEN_REVOKE,
  EVENT,
];
