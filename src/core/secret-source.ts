/** Where a secret comes from (formats.md 1). Never its value. */
export type SecretSource =
  | { readonly env: string }
  | { readonly file: string }
  | { readonly command: readonly string[] };

/** By name. */
export type SecretSources = Readonly<Record<string, SecretSource>>;
