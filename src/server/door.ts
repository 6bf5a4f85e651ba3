/** The owner's door: its socket, and who stands in it. Loaded only once an engine has begun its work. */
import type { Happening } from "../contract.ts";
import { good, type Result } from "../core/problem.ts";
import type { Clock } from "../port/clock.ts";
import { fileHandlesMax } from "../port/file-handles.ts";
import type { Handlers, Service } from "./handlers.ts";
import { httpDoor } from "./http.ts";
import { openSocket, type SocketPlace } from "./socket.ts";

/** How long those who are connected have for the rest of what they are being told. */
const CLOSE_MS = 500;

export interface Door {
  /** How many follow what happens. */
  readonly followers: number;
  /** Says goodbye and closes; `handsOver` when another process goes on with the runs. */
  close(handsOver: boolean): Promise<void>;
}

export interface DoorOptions extends SocketPlace {
  readonly service: Service;
  readonly clock: Clock;
  /** Where it can be found now. */
  readonly announce: (path: string) => void;
}

export async function openDoor(options: DoorOptions): Promise<Result<Door>> {
  const { clock, announce, service } = options;
  const leaving = new Set<(item: Happening) => void>();
  const handlers: Handlers = {
    ...service.handlers,
    "events.follow": (tell) => {
      leaving.add(tell);
      const stop = service.handlers["events.follow"](tell);
      return () => {
        leaving.delete(tell);
        stop();
      };
    },
  };
  const http = httpDoor({ handlers, admit: service.admit, handles: fileHandlesMax() });
  const opened = await openSocket(http.server, options, { clock, moved: announce });
  if (!opened.ok) return opened;
  // The engine says how long the process lives, not the socket.
  http.server.unref();
  announce(opened.value.path);
  return good({
    get followers() {
      return http.followers;
    },
    close: async (handsOver) => {
      for (const tell of leaving) tell({ kind: "leaving", handsOver });
      http.end();
      const cancel = clock.after(CLOSE_MS, () => http.server.closeAllConnections(), { hold: true });
      await opened.value.close();
      cancel();
    },
  });
}
