/** What drivers of one program with a login have in common: whether it can be started here, and with what. */
import { good, type Problem, type Result } from "../../core/problem.ts";
import type { AskedOfDriver, Work } from "../driver.ts";
import type { AgentPorts } from "./agent.ts";
import { type FoundLogin, findLogin, forbiddenNames, type LoginRules, type LoginSetting } from "./login.ts";
import type { Product } from "./product.ts";
import type { Environment, Program } from "./program.ts";
import { ASKS_NOTHING, type PersonSays, type Reached, reached } from "./reach.ts";

export interface ProgramDriverOptions extends AgentPorts, PersonSays {
  readonly program: Program;
  /** The person's own, in which credentials are looked for. */
  readonly environment: Environment;
  readonly login: LoginSetting;
}

export interface ProgramRules {
  readonly product: Product;
  readonly login: LoginRules;
  /** It can be told how hard to think. */
  readonly effort: boolean;
  /** It keeps to the person's standing rules. */
  readonly rules?: boolean;
  /** It edits by its shell. */
  readonly isShell?: boolean;
}

/** What a call is made of. */
export interface Ready {
  readonly program: string;
  readonly reach: Reached;
  readonly login: FoundLogin;
}

export function refusals(
  asked: AskedOfDriver,
  rules: ProgramRules,
  options: ProgramDriverOptions,
): readonly Problem[] {
  const missing = options.program.problem();
  const login = loginOf(rules, options);
  const reach = reached(asked, keeps(rules), options);
  return [
    ...(missing !== null ? [missing] : login.ok ? [] : login.problems),
    ...(reach.ok ? [] : reach.problems),
    ...forbiddenNames(asked, rules.product.command),
  ];
}

export async function ready(
  work: Work,
  rules: ProgramRules,
  options: ProgramDriverOptions,
): Promise<Result<Ready>> {
  const reach = work.reattach
    ? reached(ASKS_NOTHING, keeps(rules), { permission: options.permission })
    : reached(work, keeps(rules), options);
  if (!reach.ok) return reach;
  // One that runs already needs no login and no program any more.
  const login = work.reattach ? good(NO_LOGIN) : loginOf(rules, options);
  if (!login.ok) return login;
  const program = work.reattach ? good(rules.product.command) : await options.program.ready();
  if (!program.ok) return program;
  return good({ program: program.value, reach: reach.value, login: login.value });
}

const NO_LOGIN: FoundLogin = { environment: {}, secrets: {}, ownFile: null };

function keeps({ product, effort, rules = false, isShell = false }: ProgramRules) {
  return { driver: product.driver, effort, rules, isShell };
}

function loginOf({ login: rules }: ProgramRules, { environment, login, files }: ProgramDriverOptions) {
  return findLogin(rules, { environment, setting: login, files });
}
