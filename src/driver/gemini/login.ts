import { isAbsolute, join } from "node:path";
import type { LoginRules } from "../agent/login.ts";
import { GEMINI } from "../agent/product.ts";

export const GEMINI_LOGIN: LoginRules = {
  command: GEMINI.command,
  credentials: ["GEMINI_API_KEY"],
  passed: ["GOOGLE_GEMINI_BASE_URL", "GOOGLE_CLOUD_PROJECT", "GOOGLE_CLOUD_LOCATION", "NODE_EXTRA_CA_CERTS"],
  ownLogin: ({ GEMINI_CLI_HOME: own, HOME: home }) => {
    const folder = own !== undefined && isAbsolute(own) ? own : (home ?? "");
    return isAbsolute(folder) ? join(folder, ".gemini/oauth_creds.json") : null;
  },
  hint: "start gemini once and log in",
};
