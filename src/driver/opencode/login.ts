import { isAbsolute, join } from "node:path";
import type { LoginRules } from "../agent/login.ts";
import { OPENCODE } from "../agent/product.ts";

/** Models of many houses: the name before the slash of a model says whose credentials are used. */
export const OPENCODE_LOGIN: LoginRules = {
  command: OPENCODE.command,
  credentials: [
    "OPENCODE_API_KEY",
    "ANTHROPIC_API_KEY",
    "OPENAI_API_KEY",
    "GEMINI_API_KEY",
    "OPENROUTER_API_KEY",
  ],
  passed: ["NODE_EXTRA_CA_CERTS"],
  ownLogin: ({ XDG_DATA_HOME: data, HOME: home }) => {
    const folder = data !== undefined && isAbsolute(data) ? data : join(home ?? "", ".local/share");
    return isAbsolute(folder) ? join(folder, "opencode/auth.json") : null;
  },
  hint: "opencode auth login",
};
