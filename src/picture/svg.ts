/** What every SVG here has in common: escaping, colours for light and dark grounds, a title and a text in its place. */
import { DARK, LIGHT, type Palette, type Tone } from "./looks.ts";

/** Of the type that labels are set in: a size that a phone can show, and how wide one place of it is. */
export const TYPE_PX = 13;
export const PLACE_PX = 7.85;

export interface Sheet {
  readonly width: number;
  readonly height: number;
  readonly title: string;
  /** What the picture says, in words: one line for each thing in it. */
  readonly description: string;
  readonly body: readonly string[];
  /** Definitions and rules that only this picture needs. */
  readonly head?: string;
}

export function svg({ width, height, title, description, body, head = "" }: Sheet): string {
  const [w, h] = [round(width), round(height)];
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}" viewBox="0 0 ${w} ${h}" role="img" aria-labelledby="t d">
<title id="t">${escaped(title)}</title>
<desc id="d">${escaped(description)}</desc>
<style>
${STYLE}</style>
${head}<rect class="ground" width="${w}" height="${h}"/>
${body.join("\n")}
</svg>
`;
}

/** Text between tags and in attributes; what XML does not allow at all is shown as its stand-in. */
export function escaped(text: string): string {
  return text
    .toWellFormed()
    .replace(FORBIDDEN, "\ufffd")
    .replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** Characters outside XML 1.0, and marks that turn the direction of what follows. */
const FORBIDDEN = /(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\ufffe\uffff]/gu;

export function round(value: number): string {
  return String(Math.round(value * 10) / 10);
}

const TONE_NAMES = Object.keys(LIGHT.tones) as Tone[];

/** Plain rules, no variables: not every program that draws SVG knows those. */
const STYLE = `text{font:${TYPE_PX}px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;white-space:pre}
.name{font-weight:600}
${rulesOf(LIGHT)}
@media (prefers-color-scheme:dark){
${rulesOf(DARK)}
}
`;

function rulesOf({ ground, surface, text, muted, line, tones }: Palette): string {
  const ofTone = TONE_NAMES.map((tone) => {
    const colour = tones[tone];
    return `.${tone}{fill:${colour}}.${tone}-line{stroke:${colour}}`;
  });
  return [
    `.ground{fill:${ground}}.surface{fill:${surface}}.text{fill:${text}}.muted{fill:${muted}}`,
    `.line{stroke:${line};fill:none}.arrow{fill:${line}}.outline{stroke:${text}}`,
    ...ofTone,
  ].join("\n");
}
