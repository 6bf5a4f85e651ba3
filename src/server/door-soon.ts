/** The door of an engine, opened behind its first commit and loaded only then: a short run never pays for it. */
import type { EngineDoor } from "../arm/local-engine-options.ts";
import type { Result } from "../core/problem.ts";
import type { Door, DoorOptions } from "./door.ts";
import type { Service } from "./handlers.ts";

/** What a run that has begun does in this time is not held up. */
const DOOR_MS = 100;

export interface LateDoorOptions extends Omit<DoorOptions, "service" | "announce"> {
  readonly engine: {
    announce(path: string): void;
    attach(door: EngineDoor): void;
  };
  readonly service: () => Promise<Service>;
}

/** Returns how to open it at once. */
export function openDoorSoon({ engine, service, ...places }: LateDoorOptions): () => Promise<Result<Door>> {
  let opening: Promise<Result<Door>> | null = null;
  let door: Door | null = null;
  const open = async () => {
    const { openDoor } = await import("./door.ts");
    const announce = (path: string) => engine.announce(path);
    const opened = await openDoor({ ...places, service: await service(), announce });
    if (opened.ok) door = opened.value;
    return opened;
  };
  const openOnce = () => {
    opening ??= open();
    return opening;
  };
  const cancel = places.clock.after(DOOR_MS, () => void openOnce());
  engine.attach({
    get followers() {
      return door?.followers ?? 0;
    },
    close: async (handsOver) => {
      cancel();
      await opening;
      await door?.close(handsOver);
    },
  });
  return openOnce;
}
