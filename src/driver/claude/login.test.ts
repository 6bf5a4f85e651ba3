import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { realFiles } from "../../port/files.ts";
import { isForbiddenForAgents, type LoginSetting } from "../agent/login.ts";
import type { Environment } from "../agent/program.ts";
import { type Login, loginOf } from "./login.ts";

const base = mkdtempSync(join(tmpdir(), "decapod-login-"));
after(() => rmSync(base, { recursive: true, force: true }));
const HOME = join(base, "home");
const LOGGED_IN = join(base, "logged-in");
const ELSEWHERE = join(base, "elsewhere");
mkdirSync(HOME);
for (const folder of [join(LOGGED_IN, ".claude"), ELSEWHERE]) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, ".credentials.json"), "{}");
}
writeFileSync(join(HOME, ".claude.json"), '{"oauthAccount": {}}');
const KEY = "sk-ant-0123456789";

function login(person: Environment, setting: LoginSetting = "auto", isMac = false): Login {
  const found = loginOf(person, setting, realFiles, isMac);
  if (!found.ok) assert.fail(JSON.stringify(found.problems));
  return found.value;
}

function refusal(person: Environment, setting: LoginSetting = "auto"): string {
  const found = loginOf(person, setting, realFiles, false);
  return found.ok ? "none" : found.problems.map(({ code, message }) => `${code} ${message}`).join();
}

describe("who pays for claude", () => {
  it("variables of the person's environment, redacted, in a folder of the attempt's own", () => {
    for (const name of ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "CLAUDE_CODE_OAUTH_TOKEN"])
      assert.deepEqual(login({ HOME: LOGGED_IN, [name]: KEY, OTHER: "x", CLAUDE_CONFIG_DIR: ELSEWHERE }), {
        environment: { [name]: KEY },
        secrets: { [name]: KEY },
        configFolder: "attempt",
      });
  });

  it("else the login that claude keeps, where it lies, without a copy", () => {
    assert.deepEqual(login({ HOME: LOGGED_IN, ANTHROPIC_API_KEY: "" }), {
      environment: {},
      secrets: {},
      configFolder: "person",
    });
    assert.deepEqual(login({ HOME, CLAUDE_CONFIG_DIR: ELSEWHERE }).environment, {
      CLAUDE_CONFIG_DIR: ELSEWHERE,
    });
    assert.equal(login({ HOME }, "auto", true).configFolder, "person");
  });

  it("as the person chose in their configuration", () => {
    const both = { HOME: LOGGED_IN, ANTHROPIC_API_KEY: KEY };
    assert.deepEqual(login(both, "own"), { environment: {}, secrets: {}, configFolder: "person" });
    assert.equal(login(both, "environment").configFolder, "attempt");
    assert.match(
      refusal({ HOME: LOGGED_IN }, "environment"),
      /^E_DRIVER_LOGIN claude has no credentials: none/,
    );
  });

  it("nobody: that is said before anything starts", () => {
    assert.match(refusal({ HOME }), /^E_DRIVER_LOGIN .* nobody is logged in/);
    assert.match(refusal({}), /^E_DRIVER_LOGIN/);
    assert.match(refusal({ HOME, ANTHROPIC_API_KEY: KEY }, "own"), /^E_DRIVER_LOGIN/);
  });

  it("where it goes is the person's to say as well, and headers are secret", () => {
    const headers = "x-team: 0123456789";
    const { environment, secrets } = login({
      HOME,
      ANTHROPIC_API_KEY: KEY,
      ANTHROPIC_BASE_URL: "https://gateway.example",
      ANTHROPIC_CUSTOM_HEADERS: headers,
      ANTHROPIC_UNKNOWN: "x",
    });
    assert.deepEqual(environment, {
      ANTHROPIC_API_KEY: KEY,
      ANTHROPIC_BASE_URL: "https://gateway.example",
      ANTHROPIC_CUSTOM_HEADERS: headers,
    });
    assert.deepEqual(secrets, { ANTHROPIC_API_KEY: KEY, ANTHROPIC_CUSTOM_HEADERS: headers });
  });

  it("C4: a task sets nothing that could send them elsewhere or load code beside them", () => {
    for (const name of [
      ...[
        "ANTHROPIC_BASE_URL",
        "ANTHROPIC_API_KEY",
        "CLAUDE_CONFIG_DIR",
        "CLAUDECODE",
        "CLAUDE_CODE_USE_BEDROCK",
      ],
      ...["HTTPS_PROXY", "https_proxy", "NO_PROXY", "NODE_EXTRA_CA_CERTS", "NODE_TLS_REJECT_UNAUTHORIZED"],
      ...["SSL_CERT_FILE", "HOME", "XDG_CONFIG_HOME", "AWS_PROFILE", "DISABLE_TELEMETRY", "IS_SANDBOX"],
    ])
      assert.equal(isForbiddenForAgents(name), true, name);
    for (const name of ["TITLE", "MY_ANTHROPIC_NAME", "HOMEPAGE", "PROXY"])
      assert.equal(isForbiddenForAgents(name), false, name);
  });
});
