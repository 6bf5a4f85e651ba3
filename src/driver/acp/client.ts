/** The client's side of the Agent Client Protocol: one session, one prompt. The only file that knows the library. */
import { Readable, Writable } from "node:stream";
import {
  type ClientContext,
  client,
  type InitializeResponse,
  methods,
  type NewSessionResponse,
  ndJsonStream,
  RequestError,
} from "@agentclientprotocol/sdk/unstable";
import type { Json, JsonMap } from "../../core/json.ts";
import type { Pipe } from "../../port/spawn.ts";
import type { BridgeEvent, BridgeSettings } from "./bridge-settings.ts";
import type { Ruling } from "./policy.ts";

export interface ClientParts {
  readonly settings: BridgeSettings;
  readonly prompt: string;
  /** The agent's standard input and output. */
  readonly input: Pipe;
  readonly output: Pipe;
  readonly say: (event: BridgeEvent) => void;
  readonly rule: (request: JsonMap) => Ruling;
  /** Called when it is to be asked to stop. */
  readonly onCancel: (call: () => void) => void;
}

const PROTOCOL_VERSION = 1;
/** -32000 of the protocol: it wants to be told who pays. */
const AUTHENTICATION = -32_000;

/** Says a result or a failure, once and last. */
export async function talk(parts: ClientParts): Promise<void> {
  const { input, output, rule } = parts;
  // Before its session is open it can only tell what was said in an earlier one.
  let isOpen = false;
  const say: ClientParts["say"] = (event) => {
    isOpen ||= event.type === "session";
    parts.say(event);
  };
  const stream = ndJsonStream(
    Writable.toWeb(input) as WritableStream<Uint8Array>,
    Readable.toWeb(output) as ReadableStream<Uint8Array>,
  );
  const app = client({ name: "decapod" })
    .onNotification(methods.client.session.update, ({ params }) => {
      if (isOpen) say({ type: "update", update: params.update as unknown as Json });
    })
    .onRequest(methods.client.session.requestPermission, ({ params }) => {
      const { option, refused } = rule(params as unknown as JsonMap);
      if (refused !== null) {
        const { call, ...more } = refused;
        say({ type: "refused", what: call, ...more });
      }
      return {
        outcome: option === null ? { outcome: "cancelled" } : { outcome: "selected", optionId: option },
      };
    });
  try {
    await app.connectWith(stream, (agent) => converse(agent, { ...parts, say }));
  } catch (thrown) {
    const isOfSession = thrown instanceof NotResumed;
    const error = isOfSession ? thrown.cause : thrown;
    say({
      type: "failed",
      message: error instanceof Error ? messageOf(error) : String(error),
      code: error instanceof RequestError ? error.code : null,
      ...(isOfSession && { isOfSession }),
    });
  }
}

/** What an agent means stands in the data of an error, often; its message is that of the code. */
function messageOf(error: Error): string {
  const data = error instanceof RequestError && error.data !== undefined ? JSON.stringify(error.data) : "";
  return data === "" ? error.message : `${error.message}: ${data}`;
}

async function converse(
  agent: ClientContext,
  { settings, prompt, say, onCancel }: ClientParts,
): Promise<void> {
  const {
    agentInfo,
    agentCapabilities,
    authMethods = [],
  } = await agent.request(methods.agent.initialize, {
    protocolVersion: PROTOCOL_VERSION,
    clientInfo: { name: "decapod", version: "1" },
    clientCapabilities: { fs: { readTextFile: false, writeTextFile: false }, terminal: false },
  });
  const can = agentCapabilities?.sessionCapabilities ?? {};
  const keeps = can.resume != null || can.fork != null;
  say({ type: "agent", name: agentInfo?.name ?? "", version: agentInfo?.version ?? "", keeps });
  const opened = await open(agent, settings, can);
  if (opened === null) {
    const names = authMethods.map(({ id }) => id);
    return say({ type: "failed", message: "it asks who pays", code: AUTHENTICATION, methods: names });
  }
  const { sessionId } = opened;
  say({ type: "session", id: sessionId });
  if (settings.model !== null && !(await choose(agent, opened, settings.model)))
    return say({ type: "failed", message: `it has no model ${JSON.stringify(settings.model)}`, code: null });
  if (!settings.policy.all) await askFirst(agent, opened);
  onCancel(() => void agent.notify(methods.agent.session.cancel, { sessionId }).catch(() => {}));
  const answer = await agent.request(methods.agent.session.prompt, {
    sessionId,
    prompt: [{ type: "text", text: prompt }],
  });
  const { stopReason, usage, _meta: more } = answer;
  say({ type: "result", stopReason, usage: (usage ?? more?.quota ?? null) as Json });
}

type Opened = NewSessionResponse;
type Can = NonNullable<NonNullable<InitializeResponse["agentCapabilities"]>["sessionCapabilities"]>;

/**
 * Where it goes on, with a copy if it can make one: others may go on with the same session. `session/load` is of no use
 * here: it tells all that was said before once more, and not where that ends.
 */
async function newSession(
  agent: ClientContext,
  { workspace, session }: BridgeSettings,
  can: Can,
): Promise<NewSessionResponse> {
  const place = { cwd: workspace, mcpServers: [] };
  if (session === null) return agent.request(methods.agent.session.new, place);
  const before = { ...place, sessionId: session.id };
  if (can.fork == null && (can.resume == null || !session.isOwn))
    throw new NotResumed("", { cause: new Error("it cannot go on with the session") });
  try {
    if (can.fork != null) return await agent.request(methods.agent.session.fork, before);
    return { ...(await agent.request(methods.agent.session.resume, before)), sessionId: session.id };
  } catch (thrown) {
    if (!(thrown instanceof RequestError) || thrown.code === AUTHENTICATION) throw thrown;
    throw new NotResumed("", { cause: thrown });
  }
}

/** What the agent answered, for a cause, when it was asked to go on with a session. */
class NotResumed extends Error {}

/** null: it wants to be told who pays, and nobody said how. */
async function open(agent: ClientContext, settings: BridgeSettings, can: Can): Promise<Opened | null> {
  try {
    return await newSession(agent, settings, can);
  } catch (thrown) {
    if (!(thrown instanceof RequestError) || thrown.code !== AUTHENTICATION) throw thrown;
  }
  if (settings.authenticate === null) return null;
  await agent.request(methods.agent.authenticate, { methodId: settings.authenticate });
  return await newSession(agent, settings, can);
}

/** Of the modes that agents have, by their names, those in which they ask before they change anything. */
const ASKING_MODES = ["default", "ask", "read-only"];

/** So that each call is judged here, and not by what the agent holds for harmless. */
async function askFirst(agent: ClientContext, { sessionId, modes }: Opened): Promise<void> {
  const modeId = ASKING_MODES.find((mode) => modes?.availableModes.some(({ id }) => id === mode));
  if (modeId === undefined || modeId === modes?.currentModeId) return;
  await agent.request(methods.agent.session.setMode, { sessionId, modeId });
}

/** By the setting that the agent itself has for it. */
async function choose(agent: ClientContext, opened: Opened, model: string): Promise<boolean> {
  const option = opened.configOptions?.find(
    ({ category, type }) => category === "model" && type === "select",
  );
  if (option === undefined) return false;
  const known = JSON.stringify(option).includes(JSON.stringify(model));
  if (!known) return false;
  const { sessionId } = opened;
  await agent.request(methods.agent.session.setConfigOption, {
    sessionId,
    configId: option.id,
    value: model,
  });
  return true;
}
