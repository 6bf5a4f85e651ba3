/** What a deploy asks of the place where the files go: one bucket. Types only. */

export interface Listed {
  readonly key: string;
  readonly size: number;
  readonly etag: string;
  readonly modifiedMs: number;
}

export interface ServedAs {
  readonly type: string | null;
  readonly cache: string | null;
}

/** Every method throws the error of the server, after its own tries. */
export interface Store {
  list(prefix: string): Promise<readonly Listed[]>;
  /** The bytes of a small file at once. Gives the etag. */
  put(key: string, bytes: Uint8Array, served: ServedAs): Promise<string>;
  /** A large file in parts, each read when its turn comes. */
  putParts(key: string, parts: readonly (() => Uint8Array)[], served: ServedAs): Promise<string>;
  /** With its headers. Gives the etag of the copy. */
  copy(from: string, to: string): Promise<string>;
  /** null: there is no such object. */
  read(key: string): Promise<string | null>;
  remove(keys: readonly string[]): Promise<void>;
  /** How far the server's clock is ahead of this machine's, as far as it was noticed. */
  skewMs(): number;
}

export interface Cdn {
  /** The same reference again is the same invalidation. Gives its id. */
  invalidate(paths: readonly string[], reference: string): Promise<string>;
  /** Settled when it is completed. */
  completed(invalidation: string): Promise<void>;
}

export interface Page {
  readonly status: number;
  readonly sha256: string;
}
