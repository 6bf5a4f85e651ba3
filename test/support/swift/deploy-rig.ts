// A folder with a site in it, and deploys of it into a bucket of a real server, in this process.
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import type { JsonMap } from "../../../src/core/json.ts";
import { cloudfrontCdn } from "../../../src/driver/deploy/cloudfront.ts";
import { deployRequest } from "../../../src/driver/deploy/parameters.ts";
import { probePage } from "../../../src/driver/deploy/probe.ts";
import { type DeployPorts, type DeployReport, runDeploy } from "../../../src/driver/deploy/run.ts";
import { s3Store } from "../../../src/driver/deploy/s3.ts";
import { realClock } from "../../../src/port/clock.ts";
import { realFiles } from "../../../src/port/files.ts";
import { targetOf, type WrittenTarget } from "../../../src/spec/read-targets.ts";
import { temporaryFolder } from "../processes.ts";
import { KEY } from "./swift.ts";

export interface DeployRig {
  readonly folder: string;
  readonly lines: readonly string[];
  readonly receipts: readonly string[];
  /** Into public/. */
  write(files: Readonly<Record<string, string | Uint8Array>>): void;
  remove(...names: readonly string[]): void;
  link(target: string, name: string): void;
  deploy(parameters?: JsonMap, more?: Partial<DeployPorts>): Promise<DeployReport>;
  /** What must be there. */
  output(report: DeployReport): JsonMap;
}

export function deployRig(t: TestContext, target: WrittenTarget): DeployRig {
  Object.assign(process.env, KEY, { AWS_EC2_METADATA_DISABLED: "true" });
  const folder = temporaryFolder(t);
  const lines: string[] = [];
  const receipts: string[] = [];
  const place = (name: string) => join(folder, "public", name);
  return {
    folder,
    lines,
    receipts,
    write: (files) => {
      for (const [name, text] of Object.entries(files)) {
        mkdirSync(dirname(place(name)), { recursive: true });
        writeFileSync(place(name), text);
      }
    },
    remove: (...names) => {
      for (const name of names) rmSync(place(name), { recursive: true });
    },
    link: (to, name) => symlinkSync(to, place(name)),
    deploy: (parameters = {}, more = {}) => {
      const asked = deployRequest(
        { source: "public", environment: "staging", ...parameters },
        new Map([["staging", targetOf({ region: "us-east-1", ...target })]]),
      );
      if (!asked.ok) throw new Error(JSON.stringify(asked.problems));
      const signal = more.signal ?? new AbortController().signal;
      const { target: to } = asked.value;
      return runDeploy(asked.value, {
        store: s3Store({ target: to, signal }),
        cdn: to.distribution === null ? null : cloudfrontCdn(to.distribution, to, signal),
        page: (url) => probePage(url, { target: to, clock: realClock, signal }),
        workspace: folder,
        files: realFiles,
        clock: realClock,
        secrets: {},
        print: (line) => lines.push(line),
        began: () => {},
        receipt: (text) => receipts.push(text),
        signal,
        ...more,
      });
    },
    output: ({ output, failure }) => {
      if (output === null) throw new Error(`it failed: ${JSON.stringify(failure)}`);
      return output;
    },
  };
}
