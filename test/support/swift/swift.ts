// OpenStack Swift with its S3 face: a real server that checks signatures, in a folder of its own, gone with the tests.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";

/** Debian's own, which its packages belong to. */
const PYTHON = "/usr/bin/python3";
const SERVER = join(import.meta.dirname, "server.py");
export const KEY = { AWS_ACCESS_KEY_ID: "test:tester", AWS_SECRET_ACCESS_KEY: "testing-secret" };

/** Given to `skip`. */
export const WITHOUT_SWIFT = missing();

function missing(): string | false {
  const asked = ["-c", "import eventlet, swift.proxy.server, swift.obj.server, swift.container.server"];
  const { status } = spawnSync(PYTHON, asked, { stdio: "ignore" });
  return status === 0
    ? false
    : "needs OpenStack Swift (apt-get install swift-proxy swift-account swift-container swift-object)";
}

export interface Kept {
  readonly body: string;
  readonly type: string | undefined;
  readonly cache: string | undefined;
}

export interface Swift {
  readonly port: number;
  readonly endpoint: string;
  bucket(name: string): Promise<string>;
  keys(bucket: string): Promise<readonly string[]>;
  /** null: there is none. */
  get(bucket: string, key: string): Promise<Kept | null>;
  put(bucket: string, key: string, body: string): Promise<void>;
  /** Begun and not ended. */
  uploads(bucket: string): Promise<number>;
  stop(): Promise<void>;
}

export async function startSwift(): Promise<Swift> {
  const folder = mkdtempSync(join(tmpdir(), "decapod-swift-"));
  const child = spawn(PYTHON, [SERVER, folder, KEY.AWS_SECRET_ACCESS_KEY], {
    stdio: ["pipe", "pipe", "pipe"],
  });
  const said = text(child.stderr);
  const exit = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const line = new Promise<string>((resolve) => createInterface(child.stdout).once("line", resolve));
  const ready = await Promise.race([line, exit.then(() => null)]);
  if (ready === null) throw new Error(`Swift did not start: ${await said}`);
  const { port } = JSON.parse(ready) as { readonly port: number };
  const endpoint = `http://127.0.0.1:${port}`;
  const client = clientOf(endpoint);
  return {
    port,
    endpoint,
    ...readingOf(client),
    stop: async () => {
      client.destroy();
      child.stdin.end();
      await exit;
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function clientOf(endpoint: string): S3Client {
  return new S3Client({
    endpoint,
    region: "us-east-1",
    forcePathStyle: true,
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    credentials: { accessKeyId: KEY.AWS_ACCESS_KEY_ID, secretAccessKey: KEY.AWS_SECRET_ACCESS_KEY },
  });
}

function readingOf(client: S3Client): Pick<Swift, "bucket" | "keys" | "get" | "put" | "uploads"> {
  return {
    bucket: async (name) => {
      await client.send(new CreateBucketCommand({ Bucket: name }));
      return name;
    },
    keys: async (bucket) => {
      const keys: string[] = [];
      for (let token: string | undefined, more = true; more; ) {
        const asked = { Bucket: bucket, ...(token !== undefined && { ContinuationToken: token }) };
        const page = await client.send(new ListObjectsV2Command(asked));
        keys.push(...(page.Contents ?? []).map(({ Key }) => Key ?? ""));
        token = page.NextContinuationToken;
        more = token !== undefined;
      }
      return keys;
    },
    get: async (bucket, key) => {
      try {
        const asked = { Bucket: bucket, Key: key };
        const head = await client.send(new HeadObjectCommand(asked));
        const { Body } = await client.send(new GetObjectCommand(asked));
        const body = (await Body?.transformToString("latin1")) ?? "";
        return { body, type: head.ContentType, cache: head.CacheControl };
      } catch (error) {
        if (error instanceof Error && /NotFound|NoSuchKey/.test(error.name)) return null;
        throw error;
      }
    },
    put: async (bucket, key, body) => {
      await client.send(
        new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ContentType: "text/x-old" }),
      );
    },
    uploads: async (bucket) =>
      (await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }))).Uploads?.length ?? 0,
  };
}
