// Rooms whose children one spawn host starts, for all tests of this process that ask nothing of the host itself:
// starting one takes longer than most of them.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, type TestContext } from "node:test";
import type { SpawnHost } from "../../src/driver/spawn-host.ts";
import { hostIn, type ProcessRoom, roomOf, temporaryFolder } from "./processes.ts";

let shared: { readonly folder: string; readonly host: SpawnHost } | null = null;

// Here and not where it is started: a hook belongs to the test that it is told in.
after(async () => {
  if (shared === null) return;
  await shared.host.close();
  rmSync(shared.folder, { recursive: true, force: true, maxRetries: 5 });
});

export function sharedRoom(t: TestContext): ProcessRoom {
  const folder = temporaryFolder(t);
  shared ??= startShared();
  const { host } = shared;
  t.after(() => host.endAll("cancelled", true, (id) => id.startsWith(`${basename(folder)}/`)));
  return roomOf(folder, host);
}

function startShared() {
  const folder = mkdtempSync(join(tmpdir(), "decapod-"));
  return { folder, host: hostIn(folder, { graceMs: 100 }) };
}
