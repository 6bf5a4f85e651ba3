import { isAbsolute, join } from "node:path";
import type { LoginRules } from "../agent/login.ts";
import { CODEX } from "../agent/product.ts";

/** Who pays; the shell that codex starts does not see them. */
export const CODEX_CREDENTIALS = ["CODEX_API_KEY", "OPENAI_API_KEY"] as const;

export const CODEX_LOGIN: LoginRules = {
  command: CODEX.command,
  credentials: CODEX_CREDENTIALS,
  passed: ["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE"],
  ownLogin: ({ CODEX_HOME: own, HOME: home }) => {
    const folder = own !== undefined && isAbsolute(own) ? own : join(home ?? "", ".codex");
    return isAbsolute(folder) ? join(folder, "auth.json") : null;
  },
  hint: "codex login",
};
