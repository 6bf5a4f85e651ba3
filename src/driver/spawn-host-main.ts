/** Starts the spawn host (spawn-host-process.ts), with the code that was kept of it: the first task waits for its first. */
void start();

async function start(): Promise<void> {
  const { keepCode } = await import("../port/kept-code.ts");
  keepCode("spawn-host", process.argv[2] ?? null);
  const { beSpawnHost } = await import("./spawn-host-process.ts");
  beSpawnHost();
}
