/** CloudFront, by the SDK of AWS: what it has of a page is thrown away, and that takes a while. */
import {
  CloudFrontClient,
  CreateInvalidationCommand,
  waitUntilInvalidationCompleted,
} from "@aws-sdk/client-cloudfront";
import type { Target } from "../../spec/target.ts";
import type { Cdn } from "./store.ts";

/** CloudFront has one region, whatever that of the bucket. */
const REGION = "us-east-1";
const ATTEMPTS = 8;
const CONNECT_MS = 10_000;
const SILENCE_MS = 60_000;
const WAIT = { maxWaitTime: 900, minDelay: 1, maxDelay: 15 };

export function cloudfrontCdn(
  distribution: string,
  { cloudfrontEndpoint, profile }: Pick<Target, "cloudfrontEndpoint" | "profile">,
  signal: AbortSignal,
): Cdn {
  const client = new CloudFrontClient({
    region: REGION,
    ...(profile !== null && { profile }),
    ...(cloudfrontEndpoint !== null && { endpoint: cloudfrontEndpoint }),
    maxAttempts: ATTEMPTS,
    retryMode: "standard",
    requestHandler: { connectionTimeout: CONNECT_MS, socketTimeout: SILENCE_MS },
  });
  return {
    invalidate: async (paths, reference) => {
      const Paths = { Quantity: paths.length, Items: [...paths] };
      const InvalidationBatch = { CallerReference: reference, Paths };
      const command = new CreateInvalidationCommand({ DistributionId: distribution, InvalidationBatch });
      return (await client.send(command, { abortSignal: signal })).Invalidation?.Id ?? "";
    },
    completed: async (invalidation) => {
      const asked = { DistributionId: distribution, Id: invalidation };
      await waitUntilInvalidationCompleted({ client, abortSignal: signal, ...WAIT }, asked);
    },
  };
}
