/** The form of everything that a request of a deploy is built from: nothing in it can become another word of it (C2). */

export interface Wrong {
  readonly code: "E_ARG" | "E_URL";
  readonly message: string;
  readonly hint?: string;
}

export type Rule = (value: string) => Wrong | null;

function form(pattern: RegExp, what: string): Rule {
  return (value) =>
    pattern.test(value) && !value.includes("..")
      ? null
      : { code: "E_ARG", message: `${JSON.stringify(value.slice(0, 100))} is not ${what}` };
}

export const FORMS = {
  bucket: form(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, "the name of a bucket"),
  prefix: form(
    /^(?!\.decapod(?:\/|$))[A-Za-z0-9_.@~-]+(?:\/[A-Za-z0-9_.@~-]+)*\/?$/,
    "a prefix (folders by name, without a slash at the front)",
  ),
  region: form(/^[a-z][a-z0-9-]{1,39}$/, "the name of a region"),
  distribution_id: form(/^[A-Z0-9]{5,32}$/, "the id of a distribution"),
  profile: form(/^[A-Za-z0-9_][A-Za-z0-9_.@-]{0,63}$/, "the name of a profile"),
} as const satisfies Readonly<Record<string, Rule>>;
