/** The pages of help that belong to no single command; their texts lie in topics.ts, loaded when they are read. */
export const TOPIC_NAMES = [
  "exit-codes",
  "expressions",
  "files",
  "templates",
  "environment",
  "shell-completion",
] as const;

export type TopicName = (typeof TOPIC_NAMES)[number];
