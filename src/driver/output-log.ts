/**
 * What a child prints, on its way to disk: redacted, counted, capped. The log keeps the first and the last part of
 * both outputs in the order in which they came; standard output alone is kept beside it for the attempt's result.
 */
import { LIMITS, most } from "../core/limits.ts";
import type { Files, OpenFile } from "../port/files.ts";
import { loadNow } from "../port/load-now.ts";
import { nameMarker, type Redactor, redactor, type SecretForms, starMarker } from "../work/redact.ts";
import { headBytes } from "./log-head.ts";
import type { ViewName } from "./output-view.ts";

/** A standard output up to this size travels with the exit, without a file. */
export const STDOUT_INLINE_BYTES = 4_096;

export interface OutputLogOptions {
  readonly logPath: string;
  readonly logBytesMax?: number;
  readonly stdoutPath: string;
  readonly stdoutBytesMax: number;
  readonly view: ViewName | null;
  readonly forms: SecretForms;
}

export interface OutputSummary {
  readonly bytes: number;
  readonly stdoutBytes: number;
  readonly stdout: string | null;
  /** Why standard output could not be kept, where that is so. */
  readonly unkept?: string;
  readonly notes: readonly string[];
}

export interface OutputLog {
  /** `stream` 1 is standard output, 2 standard error. Returns what was certain of it, redacted. */
  write(stream: 1 | 2, data: Uint8Array): Uint8Array;
  readonly bytes: number;
  end(): OutputSummary;
}

export function openOutputLog(options: OutputLogOptions, files: Files): OutputLog {
  const notes = new Set<string>();
  const { logPath, logBytesMax = most(LIMITS.logBytes) } = options;
  const log = cappedFile({ path: logPath, bytesMax: logBytesMax }, files, (note) => notes.add(note));
  let unkept: string | undefined;
  const stdout = stdoutKeeper(options, files, (note, reason) => {
    notes.add(note);
    unkept = reason;
  });
  const shown: Readonly<Record<1 | 2, Redactor>> = {
    1: shownOf(options),
    2: redactor(options.forms, nameMarker),
  };
  let bytes = 0;
  return {
    write: (stream, data) => {
      bytes += data.length;
      const certain = shown[stream].write(data);
      log.write(certain);
      if (stream === 1) stdout.write(data);
      return certain;
    },
    get bytes() {
      return bytes;
    },
    end: () => {
      log.write(shown[1].end());
      log.write(shown[2].end());
      log.end();
      const kept = stdout.end();
      return { bytes, ...kept, ...(unkept !== undefined && { unkept }), notes: [...notes] };
    },
  };
}

/** Redacted before a view may cut a secret in two, and after it has put together what was spelled apart. */
function shownOf({ view, forms }: OutputLogOptions): Redactor {
  const before = redactor(forms, nameMarker);
  if (view === null) return before;
  const through = lateViews()[view]();
  const after = redactor(forms, nameMarker);
  return {
    write: (data) => after.write(through.write(before.write(data))),
    end: () => {
      const rest = [through.write(before.end()), through.end()].map((part) => after.write(part));
      return Buffer.concat([...rest, after.end()]);
    },
  };
}

interface CappedFile {
  write(data: Uint8Array): void;
  end(): void;
}

/** The head goes to the file at once, the tail waits in a ring until the end is known. */
function cappedFile(
  { path, bytesMax }: { readonly path: string; readonly bytesMax: number },
  files: Files,
  report: Report,
): CappedFile {
  const file = lazyFile(path, files, report);
  let headLeft = headBytes(bytesMax);
  const tailBytes = bytesMax - headLeft;
  let ring: Uint8Array | null = null;
  let ringAt = 0;
  let beyondHead = 0;
  const keepTail = (data: Uint8Array) => {
    ring ??= Buffer.allocUnsafeSlow(tailBytes);
    beyondHead += data.length;
    let part = data.subarray(Math.max(0, data.length - tailBytes));
    while (part.length > 0) {
      const room = Math.min(part.length, tailBytes - ringAt);
      ring.set(part.subarray(0, room), ringAt);
      ringAt = (ringAt + room) % tailBytes;
      part = part.subarray(room);
    }
  };
  return {
    write: (data) => {
      const head = data.subarray(0, headLeft);
      if (head.length > 0) file.write(head);
      headLeft -= head.length;
      if (data.length > head.length) keepTail(data.subarray(head.length));
    },
    end: () => {
      if (ring !== null && beyondHead <= tailBytes) file.write(ring.subarray(0, beyondHead));
      else if (ring !== null) {
        file.write(Buffer.from(`\n… ${sizeText(beyondHead - tailBytes)} left out\n`, "utf8"));
        file.write(ring.subarray(ringAt));
        file.write(ring.subarray(0, ringAt));
      }
      file.close();
    },
  };
}

function sizeText(bytes: number): string {
  if (bytes < 1_000_000) return `${bytes.toLocaleString("en")} bytes`;
  return `${Math.round(bytes / 1_000_000).toLocaleString("en")} MB`;
}

interface StdoutKeeper {
  write(data: Uint8Array): void;
  end(): { stdoutBytes: number; stdout: string | null };
}

/** Told in words, and by the reason alone. */
type Report = (note: string, reason: string) => void;

function stdoutKeeper(options: OutputLogOptions, files: Files, report: Report): StdoutKeeper {
  return options.view === null ? startKeeper(options, files, report) : bothEndsKeeper(options, files, report);
}

function bothEndsKeeper({ stdoutPath, forms }: OutputLogOptions, files: Files, report: Report): StdoutKeeper {
  // Not the log's limit, which may be small: the end of the stream says what became of the attempt.
  const file = cappedFile({ path: stdoutPath, bytesMax: most(LIMITS.logBytes) }, files, report);
  const redact = redactor(forms, starMarker);
  let stdoutBytes = 0;
  return {
    write: (data) => {
      stdoutBytes += data.length;
      file.write(redact.write(data));
    },
    end: () => {
      file.write(redact.end());
      file.end();
      return { stdoutBytes, stdout: null };
    },
  };
}

/** The first part: short, it travels with the exit, else it goes to its file. */
function startKeeper(options: OutputLogOptions, files: Files, report: Report): StdoutKeeper {
  const { stdoutBytesMax } = options;
  const file = lazyFile(options.stdoutPath, files, report);
  const redact = redactor(options.forms, starMarker);
  const inline: Uint8Array[] = [];
  let inlineBytes = 0;
  let isInline = true;
  let kept = 0;
  let stdoutBytes = 0;
  const keep = (data: Uint8Array) => {
    const part = data.subarray(0, Math.max(0, stdoutBytesMax - kept));
    kept += part.length;
    if (part.length === 0) return;
    if (isInline && inlineBytes + part.length <= STDOUT_INLINE_BYTES) {
      // A copy: the piece may be a small window on a large buffer.
      inline.push(Uint8Array.from(part));
      inlineBytes += part.length;
      return;
    }
    if (isInline) for (const early of inline) file.write(early);
    isInline = false;
    file.write(part);
  };
  return {
    write: (data) => {
      stdoutBytes += data.length;
      if (kept < stdoutBytesMax) keep(redact.write(data));
    },
    end: () => {
      keep(redact.end());
      file.close();
      return { stdoutBytes, stdout: isInline ? Buffer.concat(inline).toString("utf8") : null };
    },
  };
}

/** A file made with its first byte. A disk that is full must not stop the child: the rest is dropped and a note says it. */
function lazyFile(path: string, files: Files, report: Report) {
  let file: OpenFile | null = null;
  let isBroken = false;
  return {
    write: (data: Uint8Array) => {
      if (isBroken || data.length === 0) return;
      try {
        file ??= files.open(path, "append");
        file.write(data);
      } catch (error) {
        isBroken = true;
        const reason = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
        report(`output could not be kept: ${reason}`, reason);
      }
    },
    close: () => {
      file?.close();
      file = null;
    },
  };
}

/** Only agents have output that is made for programs. */
function lateViews(): typeof import("./views.ts").VIEWS {
  return loadNow<typeof import("./views.ts")>(import.meta.url, "views").VIEWS;
}
