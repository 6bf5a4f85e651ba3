/** Names of what lies in files. */
export interface Names extends Iterable<string> {
  has(name: string): boolean;
}

/** Looked for when one is first asked for: a workflow of scripts alone asks for none. */
export function lateNames(find: () => Iterable<string>): Names {
  const names = once(() => new Set(find()));
  return { has: (name) => names().has(name), [Symbol.iterator]: () => names()[Symbol.iterator]() };
}

export function once<Value>(find: () => Value): () => Value {
  let found: { readonly value: Value } | null = null;
  return () => {
    found ??= { value: find() };
    return found.value;
  };
}
