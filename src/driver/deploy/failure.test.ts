import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Asked, failureOf } from "./failure.ts";

function said(name: string, message = "as the server said", status = 400): Error {
  return Object.assign(new Error(message), { name, $metadata: { httpStatusCode: status } });
}

describe("the class of a failure", () => {
  const CASES: readonly (readonly [asked: Asked, name: string, failureClass: string])[] = [
    ["s3", "ExpiredToken", "aws_credentials"],
    ["s3", "InvalidAccessKeyId", "aws_credentials"],
    ["s3", "SignatureDoesNotMatch", "aws_credentials"],
    ["s3", "AccessDenied", "aws_credentials"],
    ["s3", "CredentialsProviderError", "aws_credentials"],
    ["s3", "SlowDown", "transient"],
    ["s3", "TimeoutError", "transient"],
    ["s3", "NoSuchBucket", "config_error"],
    ["s3", "PermanentRedirect", "config_error"],
    ["s3", "AccessControlListNotSupported", "config_error"],
    ["s3", "RequestTimeTooSkewed", "config_error"],
    ["s3", "SomethingNew", "unknown"],
    ["cloudfront", "NoSuchDistribution", "cloudfront_config"],
    ["cloudfront", "InvalidArgument", "cloudfront_config"],
    ["cloudfront", "Throttling", "transient"],
    ["cloudfront", "TooManyInvalidationsInProgress", "transient"],
    ["cloudfront", "AccessDenied", "aws_credentials"],
  ];
  for (const [asked, name, expected] of CASES)
    it(`${asked}: ${name} is ${expected}`, () => assert.equal(failureOf(said(name), asked).class, expected));

  it("T1-33, T1-34: has the words of the founding texts", () => {
    assert.match(failureOf(said("ExpiredToken"), "s3").message, /^Please check AWS credentials on laptop: /);
    assert.match(
      failureOf(said("NoSuchDistribution"), "cloudfront").message,
      /^Manual intervention needed: /,
    );
  });

  it("knows what the server gave as no more than a status, and what never reached it", () => {
    assert.equal(failureOf(said("Unknown", "UnknownError", 503), "s3").class, "transient");
    const refused = Object.assign(new Error("connect"), { code: "ECONNREFUSED" });
    assert.equal(failureOf(refused, "s3").class, "transient");
    assert.equal(failureOf(new TypeError("fetch failed", { cause: refused }), "page").class, "transient");
    assert.match(failureOf(new Error("Region is missing"), "s3").message, /the target has no region/);
    assert.equal(failureOf("a text", "s3").class, "unknown");
  });
});
