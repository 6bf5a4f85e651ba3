/** A Hugo site for tests, written here: pages, layouts, a shortcode, and ways to break it. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { programsIn } from "../../src/port/programs.ts";

/** For the `skip` of a test: false where there is a Hugo. */
export const noHugo =
  programsIn(process.env.PATH ?? "", ["hugo"]).hugo === undefined && "needs hugo: apt-get install hugo";

export function writeIn(folder: string, name: string, text: string): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
}

const PAGE = `<!doctype html><html><head><title>{{ .Title }}</title></head><body>{{ .Content }}</body></html>\n`;

/** `pages` beside the front page and the lists. */
export function writeSite(folder: string, pages: number): void {
  writeIn(folder, "config.toml", 'baseURL = "https://site.example/"\ntitle = "Insurance"\n');
  for (const layout of ["index.html", "_default/single.html", "_default/list.html"])
    writeIn(folder, `layouts/${layout}`, PAGE);
  writeIn(folder, "layouts/shortcodes/price.html", "<b>{{ .Get 0 }} €</b>\n");
  writeIn(folder, "static/style.css", "body { margin: 0 }\n");
  for (let page = 1; page <= pages; page += 1)
    writeIn(
      folder,
      `content/tariffs/tariff-${page}.md`,
      `---\ntitle: Tariff ${page}\n---\nCosts {{< price ${page} >}} a month.\n`,
    );
}
