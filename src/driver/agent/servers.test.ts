import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { roleOf } from "../../spec/roles.ts";
import { readUserFile } from "../../spec/user-file.ts";
import type { McpServer } from "../../spec/user-servers.ts";
import { lackingVariables, serverFile } from "../claude/servers.ts";
import { agentSettings } from "./settings.ts";

function settings(front: string, servers?: readonly string[], options = {}) {
  const role = roleOf(`---\n${front}\n---\n`);
  const asked = { driver: "claude-code", options, role, permission: "acceptEdits" };
  return agentSettings({ ...asked, ...(servers !== undefined && { servers }) });
}

function given(front: string, servers: readonly string[], options = {}) {
  const read = settings(front, servers, options);
  assert.ok(read.ok, read.ok ? "" : read.problems[0]?.message);
  const { tools, allowed } = read.value;
  return { tools, allowed, servers: read.value.servers };
}

function problems(front: string, servers?: readonly string[]): readonly string[] {
  const read = settings(front, servers);
  return read.ok ? [] : read.problems.map(({ code, message }) => `${code} ${message}`);
}

describe("MCP servers of an agent", () => {
  it("are those that its role names, whole, or by the tools it is offered", () => {
    assert.deepEqual(given("tools: Read\nmcpServers: [web, db]", ["web", "db", "other"]), {
      tools: ["Read"],
      allowed: ["mcp__web", "mcp__db"],
      servers: ["web", "db"],
    });
    assert.deepEqual(given("tools: Read, mcp__web__look, mcp__my-db", ["web", "my-db"]), {
      tools: ["Read"],
      allowed: ["mcp__web__look", "mcp__my-db"],
      servers: ["web", "my-db"],
    });
    assert.deepEqual(given("mcpServers: web", ["web", "web_two"], { tools: ["mcp__web_two__x"] }), {
      tools: [],
      allowed: ["mcp__web_two__x", "mcp__web"],
      servers: ["web", "web_two"],
    });
  });

  it("come from the person alone: another name, or a definition in the role, is refused", () => {
    const none = "E_NOT_ALLOWED the MCP server web is not one of your configuration, and no other is started";
    assert.deepEqual(problems("mcpServers: web", []), [none]);
    assert.deepEqual(problems("tools: mcp__web__look", ["webs"]), [none]);
    assert.match(
      problems("mcpServers:\n  web:\n    command: evil", ["web"])[0] ?? "",
      /^E_ARG mcpServers of the role cannot be .*evil/,
    );
    assert.match(problems("mcpServers:\n  - web:\n      command: evil", ["web"])[0] ?? "", /^E_ARG/);
  });

  it("are nothing that other drivers can give", () => {
    assert.match(
      problems("mcpServers: web")[0] ?? "",
      /^E_ARG the MCP server web is nothing that the driver/,
    );
  });
});

describe("mcp_servers of the person's configuration", () => {
  const read = (text: string) => readUserFile("config.yaml", `mcp_servers:\n${text}`);
  const codes = (text: string) => {
    const result = read(text);
    return result.ok ? [] : result.problems.map(({ code, at }) => `${code} ${at?.line}`);
  };

  it("are programs, or addresses, by name", () => {
    const result = read(
      "  web: { command: /bin/web, args: [-x], env: { A: b }, pass: [KEY] }\n  far: { url: 'https://x.org/mcp', headers: { Authorization: Bearer t-0123456789 } }\n",
    );
    assert.ok(result.ok);
    const person = { servers: result.value.mcpServers, environment: { KEY: "k-0123456789", OTHER: "x" } };
    const { text, secrets } = serverFile(["far", "web"], person);
    assert.deepEqual(JSON.parse(text).mcpServers, {
      web: { type: "stdio", command: "/bin/web", args: ["-x"], env: { A: "b", KEY: "k-0123456789" } },
      far: { type: "http", url: "https://x.org/mcp", headers: { Authorization: "Bearer t-0123456789" } },
    });
    assert.deepEqual(secrets, {
      "far.Authorization": "Bearer t-0123456789",
      "far.Authorization.part": "t-0123456789",
      "web.KEY": "k-0123456789",
    });
    assert.deepEqual(lackingVariables(["far", "web"], person), []);
    const [lacking] = lackingVariables(["web"], { ...person, environment: {} });
    assert.deepEqual([lacking?.code, lacking?.hint], ["E_SECRET_MISSING", "export KEY=…"]);
    assert.deepEqual(lackingVariables(["far"], { ...person, environment: {} }), []);
  });

  it("O4: have secrets in what is passed, and in what is named or formed like one; nothing else is redacted", () => {
    const known = (server: McpServer, environment = {}) =>
      Object.values(serverFile(["web"], { servers: { web: server }, environment }).secrets);
    const env = (name: string, value = "production") => known({ command: "x", env: { [name]: value } });
    const header = (name: string) => known({ url: "https://x.org", headers: { [name]: "production" } });
    for (const name of [
      "NODE_ENV",
      "REGION_NAME",
      "AUTHOR",
      "GIT_AUTHOR_NAME",
      "KEYBOARD",
      "PATHS",
      "COMPASS",
    ])
      assert.deepEqual(env(name), [], name);
    for (const name of ["Accept", "Content-Type", "User-Agent", "X-Region"])
      assert.deepEqual(header(name), [], name);
    for (const name of [
      "API_KEY",
      "apiKey",
      "GITHUB_PAT",
      "PGPASSWORD",
      "SENTRY_DSN",
      "NPM_TOKEN",
      "DB_PASS",
    ])
      assert.deepEqual(env(name), ["production"], name);
    for (const name of ["Authorization", "X-API-Key", "X-Auth", "Cookie", "x-goog-api-key", "Private-Token"])
      assert.deepEqual(header(name), ["production"], name);
    const url = "postgres://ada:hunter2-hunter2@db/x";
    assert.deepEqual(env("DATABASE", url), [url, "hunter2-hunter2"]);
    assert.deepEqual(env("REMOTE", "https://hunter2-hunter2@x.org"), [
      "https://hunter2-hunter2@x.org",
      "hunter2-hunter2",
    ]);
    assert.deepEqual(env("ORIGIN", "ssh://git@x.org/a"), []);
    assert.deepEqual(env("SITE", "https://x.org:8443/@scope"), []);
    assert.deepEqual(known({ command: "x", pass: ["MODE"] }, { MODE: "production" }), ["production"]);
  });

  it("O4: of the same name are redacted of each server that has one", () => {
    const far = (token: string) => ({ url: "https://x.org", headers: { "X-Token": token } });
    const servers = { one: far("t-of-the-one"), two: far("t-of-the-two") };
    const { secrets } = serverFile(["one", "two"], { servers, environment: {} });
    assert.deepEqual(Object.values(secrets), ["t-of-the-one", "t-of-the-two"]);
  });

  it("in another form are refused where they stand", () => {
    assert.deepEqual(codes("  web: { args: [x] }\n"), ["E_ARG 2"]);
    assert.deepEqual(codes("  web: { command: x, url: 'https://x.org' }\n"), ["E_ARG 2"]);
    assert.deepEqual(codes("  web: { command: x, headers: { A: b } }\n"), ["E_ARG 2"]);
    assert.deepEqual(codes("  web: { url: 'https://x.org', env: { A: b } }\n"), ["E_ARG 2"]);
    assert.deepEqual(codes("  web: { url: 'file:///x' }\n"), ["E_ARG 2"]);
    assert.deepEqual(codes("  a__b: { command: x }\n"), ["E_ARG 2"]);
    assert.deepEqual(codes("  web: { comand: x }\n"), ["E_UNKNOWN_KEY 2"]);
  });
});
