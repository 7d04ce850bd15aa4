import type { CutSession, HostCloseReport, ServiceHost } from "@bowline/server";
import type { CommandHost } from "../command-host.ts";
import { InputError } from "../errors.ts";
import { hostOf } from "./module-host.ts";

/** Less than the 30 s after which Kubernetes kills what it has told to stop. */
export const defaultDrainTimeoutMs = 25_000;

export interface ServeOptions {
  /** How long running operations and closing sessions may take once the command is told to stop, in ms. */
  readonly drainTimeoutMs: number;
}

/**
 * Opens the host of a module and serves until it is told to stop; then closes the host in order. Resolves to the exit code: 0, or 1 when
 * something had to be cut.
 * @throws InputError when there is no host, or it cannot be opened
 */
export async function serve(path: string, { drainTimeoutMs }: ServeOptions, command: CommandHost): Promise<number> {
  const host = await hostOf(await command.importModule(path), path);
  await open(host, path);
  for (const address of host.addresses) command.writeOut(`serving ${address}\n`);
  const cutNow = new AbortController();
  let stopped: (() => void) | undefined;
  const stop = new Promise<void>((resolve) => {
    stopped = resolve;
  });
  let isStopping = false;
  using _stops = command.onStop((why) => {
    if (isStopping) return cutNow.abort();
    isStopping = true;
    command.writeOut(`${why}: closing within ${drainTimeoutMs} ms; a second signal cuts what is left\n`);
    stopped?.();
  });
  await stop;
  return tell(await host.close({ drainTimeoutMs, signal: cutNow.signal }), command);
}

/** A module may have opened its host itself. */
async function open(host: ServiceHost, path: string): Promise<void> {
  if (host.health.state === "opened") return;
  try {
    await host.open();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new InputError("HOST_NOT_OPENED", `cannot open the host of ${path}: ${reason}`, { cause });
  }
}

function tell({ closedCount, cut }: HostCloseReport, command: CommandHost): number {
  command.writeOut(`closed: ${closedCount} sessions in order, ${cut.length} cut\n`);
  for (const session of cut) command.writeError(`bowline: ${describe(session)}\n`);
  return cut.length === 0 ? 0 : 1;
}

function describe({ sessionId, remoteAddress, runningOperations, waitingCount, error }: CutSession): string {
  const running = runningOperations.length === 0 ? "no operation" : runningOperations.join(", ");
  const session = `the session ${sessionId ?? "without an id"} of ${remoteAddress ?? "an unknown address"}`;
  return `${session} was cut while it ran ${running}, with ${waitingCount} messages waiting: ${error.message}`;
}
