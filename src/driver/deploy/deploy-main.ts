/** The process that deploys: settings by a file, what it does to standard output, how it ended to a file. */
import type { JsonMap } from "../../core/json.ts";
import { realClock } from "../../port/clock.ts";
import { realFiles } from "../../port/files.ts";
import { leave, onEndSignal, printNow } from "../../port/process.ts";
import { cloudfrontCdn } from "./cloudfront.ts";
import { type DeploySettings, SECRETS_VARIABLE, type Verdict } from "./deploy-settings.ts";
import { probePage } from "./probe.ts";
import { type DeployReport, runDeploy } from "./run.ts";
import { s3Store } from "./s3.ts";

const settings = JSON.parse(realFiles.readText(process.argv[2] ?? "")) as DeploySettings;
const secrets = JSON.parse(process.env[SECRETS_VARIABLE] ?? "{}") as Record<string, string>;
const ending = new AbortController();
onEndSignal(() => ending.abort());

const { request, workspace } = settings;
const { target } = request;
const { signal } = ending;
const write = (path: string, text: string) => realFiles.writeAtomic(path, text);

void deploy();

async function deploy(): Promise<never> {
  const report: DeployReport = await runDeploy(request, {
    store: s3Store({ target, signal }),
    cdn: target.distribution === null ? null : cloudfrontCdn(target.distribution, target, signal),
    page: (url) => probePage(url, { target, clock: realClock, signal }),
    workspace,
    files: realFiles,
    clock: realClock,
    secrets,
    print: (line) => printNow(`${line}\n`),
    began: () => write(settings.began, ""),
    receipt: (text) => write(settings.receipt, text),
    signal,
  });
  if (report.output !== null)
    write(process.env.DECAPOD_OUTPUT ?? "", JSON.stringify(report.output as JsonMap));
  if (report.failure !== null) printNow(`${report.failure.message}\n`);
  for (const note of report.notes) printNow(`${note}\n`);
  const verdict: Verdict = { failure: report.failure, notes: report.notes };
  write(settings.verdict, JSON.stringify(verdict));
  return leave(report.failure === null ? 0 : 1);
}
