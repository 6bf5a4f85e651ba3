/** Where a deploy says that it goes. */
import type { Json, JsonMap } from "./json.ts";

/** However it is written: nobody reaches production by a capital letter. */
export function isProductionName(environment: Json | undefined): boolean {
  return typeof environment === "string" && environment.trim().toLowerCase() === "production";
}

/** Of a worker that is made for one place; null: its name says none. */
export function placeInName(agent: string): string | null {
  return /-(staging|production)$/.exec(agent)?.[1] ?? null;
}

/** By its own name, or by the environment that it is given: one of them is enough. */
export function namesProduction(agent: string, environment: Json | undefined): boolean {
  return placeInName(agent) === "production" || isProductionName(environment);
}

/** What a deploy brings: what it is told, else what a build leaves. null: only its own program knows. */
export function deploySource(agent: string, parameters: JsonMap): string | null {
  const { source, site_path: site } = parameters;
  if (typeof source === "string" && source !== "") return source;
  if (typeof site === "string" && site !== "") return `${site.replace(/\/+$/, "")}/public`;
  return agent === "deploy" ? "public" : null;
}
