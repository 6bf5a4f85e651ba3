/** Looks at the page after a deploy, as a visitor would, and goes nowhere that the project does not name. */
import { createHash } from "node:crypto";
import type { Clock } from "../../port/clock.ts";
import type { Target } from "../../spec/target.ts";
import type { Page } from "./store.ts";
import { urlProblem } from "./url.ts";

const HOPS_MAX = 5;
const BYTES_MAX = 16 * 1024 * 1024;
const WAIT_MS = 20_000;

export async function probePage(
  address: string,
  { target, clock, signal }: { readonly target: Target; readonly clock: Clock; readonly signal: AbortSignal },
): Promise<Page> {
  let url = address;
  for (let hop = 0; ; hop += 1) {
    const answer = await ask(url, clock, signal);
    const next = hop < HOPS_MAX && answer.status >= 300 && answer.status < 400 ? answer.location : null;
    if (next === null) return { status: answer.status, sha256: answer.sha256 };
    url = new URL(next, url).href;
    const isAllowed =
      urlProblem(url, { url: address, hosts: [new URL(address).host, ...target.hosts] }) === null;
    if (!isAllowed) return { status: answer.status, sha256: answer.sha256 };
  }
}

async function ask(url: string, clock: Clock, signal: AbortSignal) {
  const patience = new AbortController();
  const cancel = clock.after(WAIT_MS, () => patience.abort(new Error(`${url} gave no answer`)), {
    hold: true,
  });
  try {
    const answer = await fetch(url, {
      redirect: "manual",
      headers: { "user-agent": "decapod-deploy", "accept-encoding": "identity" },
      signal: AbortSignal.any([signal, patience.signal]),
    });
    const hash = createHash("sha256");
    let bytes = 0;
    for await (const piece of answer.body ?? []) {
      hash.update(piece);
      bytes += piece.length;
      if (bytes > BYTES_MAX) break;
    }
    return { status: answer.status, location: answer.headers.get("location"), sha256: hash.digest("hex") };
  } finally {
    cancel();
  }
}
