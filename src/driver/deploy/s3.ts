/** The bucket, by the SDK of AWS. The only file that knows it, beside the one for CloudFront. */
import { createHash } from "node:crypto";
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import type { Target } from "../../spec/target.ts";
import { eachLimited } from "./each-limited.ts";
import type { Listed, ServedAs, Store } from "./store.ts";

export interface StoreOptions {
  readonly target: Pick<Target, "bucket" | "region" | "endpoint" | "compat" | "profile">;
  readonly signal: AbortSignal;
}

const ATTEMPTS = 8;
const CONNECT_MS = 10_000;
/** Of silence on a connection that is open. */
const SILENCE_MS = 120_000;
const SOCKETS = 32;
const PARTS_AT_ONCE = 3;
const DELETED_AT_ONCE = 1_000;
/** Others delete one after the other before they answer. */
const DELETED_AT_ONCE_ELSEWHERE = 100;

export function s3Store({ target, signal }: StoreOptions): Store {
  const { bucket: Bucket, compat } = target;
  const atOnce = compat === "aws" ? DELETED_AT_ONCE : DELETED_AT_ONCE_ELSEWHERE;
  const client = clientFor(target);
  const options = { abortSignal: signal };
  return {
    list: (prefix) => list(client, { Bucket, Prefix: prefix }, signal),
    put: async (key, bytes, served) => {
      const sum = { ContentMD5: createHash("md5").update(bytes).digest("base64") };
      const request = {
        Bucket,
        Key: key,
        Body: bytes,
        ContentLength: bytes.length,
        ...sum,
        ...headers(served),
      };
      return etag((await client.send(new PutObjectCommand(request), options)).ETag);
    },
    putParts: (key, parts, served) => putParts(client, { Bucket, Key: key }, { parts, served, signal }),
    copy: async (from, to) => {
      const source = `${Bucket}/${from.split("/").map(encodeURIComponent).join("/")}`;
      const request = { Bucket, Key: to, CopySource: source };
      return etag((await client.send(new CopyObjectCommand(request), options)).CopyObjectResult?.ETag);
    },
    read: async (key) => {
      try {
        const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: key }), options);
        return (await Body?.transformToString("utf8")) ?? "";
      } catch (error) {
        if (error instanceof Error && error.name === "NoSuchKey") return null;
        throw error;
      }
    },
    remove: async (keys) => {
      for (let at = 0; at < keys.length; at += atOnce) {
        const Objects = keys.slice(at, at + atOnce).map((Key) => ({ Key }));
        const request = { Bucket, Delete: { Objects, Quiet: true } };
        const { Errors = [] } = await client.send(new DeleteObjectsCommand(request), options);
        const [first] = Errors.filter(({ Code }) => Code !== "NoSuchKey");
        if (first !== undefined)
          throw Object.assign(new Error(`${first.Key}: ${first.Message}`), { name: first.Code ?? "Error" });
      }
    },
    skewMs: () => client.config.systemClockOffset,
  };
}

function clientFor({ region, endpoint, compat, profile }: StoreOptions["target"]): S3Client {
  const sockets = { maxSockets: SOCKETS, keepAlive: true };
  const client = new S3Client({
    ...(region !== null && { region }),
    ...(profile !== null && { profile }),
    ...(endpoint !== null && { endpoint }),
    ...(compat === "generic" && {
      forcePathStyle: true,
      requestChecksumCalculation: "WHEN_REQUIRED",
      responseChecksumValidation: "WHEN_REQUIRED",
    }),
    maxAttempts: ATTEMPTS,
    retryMode: "standard",
    requestHandler: {
      connectionTimeout: CONNECT_MS,
      socketTimeout: SILENCE_MS,
      httpAgent: sockets,
      httpsAgent: sockets,
    },
  });
  if (compat === "generic") withContentMd5(client);
  return client;
}

/** Others than Amazon ask for it where several objects are deleted at once; the SDK sends a newer sum. */
function withContentMd5(client: S3Client): void {
  client.middlewareStack.add(
    (next, { commandName }) =>
      (given) => {
        const { request } = given as {
          readonly request: { body?: unknown; headers: Record<string, string> };
        };
        const { body } = request;
        if (commandName === "DeleteObjectsCommand" && typeof body === "string")
          request.headers["content-md5"] = createHash("md5").update(body).digest("base64");
        return next(given);
      },
    { step: "build", name: "contentMd5", priority: "low" },
  );
}

async function list(
  client: S3Client,
  asked: { readonly Bucket: string; readonly Prefix: string },
  abortSignal: AbortSignal,
): Promise<readonly Listed[]> {
  const found: Listed[] = [];
  let token: string | undefined;
  do {
    const request = { ...asked, ...(token !== undefined && { ContinuationToken: token }) };
    const page = await client.send(new ListObjectsV2Command(request), { abortSignal });
    for (const one of page.Contents ?? [])
      found.push({
        key: one.Key ?? "",
        size: one.Size ?? 0,
        etag: etag(one.ETag),
        modifiedMs: one.LastModified?.getTime() ?? 0,
      });
    token = page.NextContinuationToken;
  } while (token !== undefined);
  return found;
}

interface Parts {
  readonly parts: readonly (() => Uint8Array)[];
  readonly served: ServedAs;
  readonly signal: AbortSignal;
}

async function putParts(
  client: S3Client,
  at: { readonly Bucket: string; readonly Key: string },
  { parts, served, signal: abortSignal }: Parts,
): Promise<string> {
  const options = { abortSignal };
  await abortOlder(client, at, abortSignal);
  const begun = await client.send(new CreateMultipartUploadCommand({ ...at, ...headers(served) }), options);
  const upload = { ...at, UploadId: begun.UploadId };
  try {
    const Parts: { PartNumber: number; ETag: string | undefined }[] = [];
    await eachLimited(parts, { limit: PARTS_AT_ONCE, signal: abortSignal }, async (read, index) => {
      const Body = read();
      const ContentMD5 = createHash("md5").update(Body).digest("base64");
      const part = { ...upload, PartNumber: index + 1, Body, ContentLength: Body.length, ContentMD5 };
      const { ETag } = await client.send(new UploadPartCommand(part), options);
      Parts[index] = { PartNumber: index + 1, ETag };
    });
    const whole = { ...upload, MultipartUpload: { Parts } };
    return etag((await client.send(new CompleteMultipartUploadCommand(whole), options)).ETag);
  } catch (error) {
    // Without the signal: what was begun costs money until somebody ends it.
    await client.send(new AbortMultipartUploadCommand(upload)).catch(() => {});
    throw error;
  }
}

/** What a deploy that was killed left of the same object. */
async function abortOlder(
  client: S3Client,
  at: { readonly Bucket: string; readonly Key: string },
  abortSignal: AbortSignal,
): Promise<void> {
  const asked = { Bucket: at.Bucket, Prefix: at.Key };
  const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand(asked), { abortSignal });
  for (const { Key, UploadId } of Uploads)
    if (Key === at.Key)
      await client.send(new AbortMultipartUploadCommand({ ...at, UploadId })).catch(() => {});
}

function headers({ type, cache }: ServedAs): {
  readonly ContentType?: string;
  readonly CacheControl?: string;
} {
  return { ...(type !== null && { ContentType: type }), ...(cache !== null && { CacheControl: cache }) };
}

function etag(written: string | undefined): string {
  return (written ?? "").replaceAll('"', "");
}
