/** Names that a task may not set: they choose which program runs or what it loads, or belong to the engine. */
const FORBIDDEN = /^(?:PATH|LD_.*|DYLD_.*|NODE_OPTIONS|BASH_ENV|GIT_.*|PYTHONSTARTUP|DECAPOD_.*)$/;
const WELL_FORMED = /^[A-Za-z_][A-Za-z0-9_]{0,255}$/;

/** True also for a name that no shell could read, which is how functions are smuggled into bash. */
export function forbiddenEnvironmentName(name: string): boolean {
  return FORBIDDEN.test(name) || !WELL_FORMED.test(name);
}
