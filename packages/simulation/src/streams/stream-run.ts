import type { SessionFailureCode } from "@bowline/protocol/reliable-messaging";
import { otherSide, type Side } from "../facts.ts";
import type { RunContext } from "../run-context.ts";
import type { SeededRandom } from "../seeded-random.ts";
import { pausesOf } from "../session-options.ts";
import { SimulationFailure } from "../simulation-failure.ts";
import type { Totals } from "../totals.ts";
import type { Notices } from "./connection.ts";
import type { StreamClient } from "./stream-client.ts";
import { drawStreamScenario, type StreamScenario } from "./stream-scenario.ts";
import { StreamWorld } from "./stream-world.ts";

/** All must be over this long after the network has healed and the applications have said all. */
const restWithinMs = 8_000_000;
/** An application whose session did not open waits so long before it opens another. */
const reopenAfterMs = 1_000;
const sides: readonly Side[] = ["initiator", "acceptor"];

/** Draws a scenario and lives through it; throws a SimulationFailure when a checker objects. */
export function runStreams(random: SeededRandom, context: RunContext): void {
  const { totals, trace } = context;
  const scenario = drawStreamScenario(random);
  trace.add(0, `scenario ${JSON.stringify(scenario)}`);
  const world = new StreamWorld(scenario, random.fork(), context);
  const { timeline } = world;
  const own = random.fork();
  world.openingCount = scenario.clientCount;
  for (let count = 0; count < scenario.clientCount; count++) startClient(world, scenario, own);
  planFaults(world, scenario, own);
  timeline.run(scenario.healAtMs + restWithinMs, () => isOver(world));
  totals.simulatedMs += timeline.nowMs;
  checkEnd(world, scenario, totals);
}

function isOver(world: StreamWorld): boolean {
  return (
    world.isHealed &&
    world.clients.every(({ peer, isLost }) => isLost || peer.isOver) &&
    world.server.sessionCount === 0 &&
    world.openingCount === 0
  );
}

/** Opens a session, again and again until it opens, then uses and closes it. */
function startClient(world: StreamWorld, scenario: StreamScenario, random: SeededRandom): void {
  world.openingCount -= 1;
  const client = world.newClient();
  const closesAtMs = scenario.closesEarly
    ? random.fraction() * scenario.healAtMs
    : scenario.healAtMs + scenario.idleMs + random.integer(0, 5_000);
  const abortsAtMs = random.fraction() * scenario.healAtMs * 2;
  const look = (): void => {
    if (client.hasFailedToOpen) {
      world.openingCount += 1;
      world.timeline.after(reopenAfterMs, () => startClient(world, scenario, random));
      return;
    }
    if (client.peer.session.state !== "open") {
      world.timeline.after(100, look);
      return;
    }
    client.hasOpened = true;
    for (const side of sides) send(world, scenario, client, side, random);
    world.timeline.after(closesAtMs - world.timeline.nowMs, () => close(world, scenario, client));
    if (scenario.aborter !== undefined)
      world.timeline.after(abortsAtMs - world.timeline.nowMs, () => abort(world, scenario, client));
  };
  world.timeline.after(10, look);
}

function send(
  world: StreamWorld,
  scenario: StreamScenario,
  client: StreamClient,
  side: Side,
  random: SeededRandom,
): void {
  let remaining = scenario.messageCount[side];
  const step = (): void => {
    const peer = side === "initiator" ? client.peer : client.server;
    if (client.isLost) remaining = 0;
    for (let count = 0; count < scenario.burstCount && remaining > 0; count++) {
      remaining = peer?.offer(random.chance(scenario.asking)) === true ? remaining - 1 : 0;
    }
    if (remaining > 0) world.timeline.after(random.pick([0, 5, 100, 1_000]), () => world.hosts[side].perform(step));
    else client.record.isDoneSending[side] = true;
  };
  world.timeline.after(0, () => world.hosts[side].perform(step));
}

/** The application whose turn it is ends the session, once it has said and answered all. */
function close(world: StreamWorld, scenario: StreamScenario, client: StreamClient): void {
  if (client.isLost) return;
  const isServersTurn = scenario.closer === "acceptor" && client.server !== undefined && !world.hasRestarted;
  if (scenario.closesTogether && client.server !== undefined && !world.hasRestarted)
    world.closeWhenDone(client.server, client.record, "acceptor");
  if (isServersTurn) world.closeWhenDone(client.server!, client.record, "acceptor");
  else world.closeWhenDone(client.peer, client.record, "initiator");
}

function abort(world: StreamWorld, { aborter }: StreamScenario, client: StreamClient): void {
  const peer = aborter === "acceptor" ? client.server : client.peer;
  if (peer === undefined || peer.isOver || client.isLost || (world.hasRestarted && aborter === "acceptor")) return;
  world.hosts[aborter ?? "initiator"].perform(() => {
    client.isAborted = true;
    peer.dispatch({ type: "abort", reason: "enough" });
  });
}

function planFaults(world: StreamWorld, scenario: StreamScenario, random: SeededRandom): void {
  const { timeline, hosts } = world;
  const sometimes = (count: number, happen: () => void): void => {
    for (let index = 0; index < count; index++) timeline.after(random.fraction() * scenario.healAtMs, happen);
  };
  const withConnection =
    (what: string, act: (connection: ReturnType<StreamWorld["openConnections"]>[number]) => void) => () => {
      const connections = world.openConnections();
      if (connections.length === 0) return;
      world.note(what);
      act(random.pick(connections));
    };
  sometimes(
    scenario.cutCount,
    withConnection("a connection is to break", (connection) =>
      connection.breakAfter(
        random.pick(sides),
        random.pick([1, random.integer(1, 100), random.integer(1, 2_000)]),
        drawNotices(random),
      ),
    ),
  );
  sometimes(
    scenario.cutCount > 0 ? 1 : 0,
    withConnection("a connection breaks", (connection) => connection.break(drawNotices(random))),
  );
  sometimes(
    scenario.halfCloseCount,
    withConnection("a connection is half closed", (connection) => connection.halfClose(random.pick(sides))),
  );
  sometimes(
    scenario.stallCount,
    withConnection("a connection stalls", (connection) => {
      for (const side of sides) connection.stall(side, random.pick([100, 5_000, 30_000]));
    }),
  );
  sometimes(
    scenario.partitionCount,
    withConnection("one direction of a connection stalls", (connection) => {
      connection.stall(random.pick(sides), random.pick([5_000, 30_000]));
      if (random.chance(0.5))
        timeline.after(random.integer(1, 10_000), () => {
          if (!world.isHealed) connection.break(drawNotices(random));
        });
    }),
  );
  sometimes(scenario.pauseCount, () => {
    const side = random.pick(sides);
    hosts[side].pause(random.pick(pausesOf(side, scenario.standsStill)));
  });
  sometimes(scenario.clockJumpCount, () => hosts[random.pick(sides)].jumpClock(random.pick([100, 5_000, 60_000])));
  sometimes(scenario.restartsServer ? 1 : 0, () => world.restartServer());
  sometimes(scenario.losesClient ? 1 : 0, () => loseClient(world, random));
  timeline.after(scenario.healAtMs, () => world.heal());
}

function drawNotices(random: SeededRandom): Notices {
  return { initiator: random.pick([0, 0, 50, 5_000, undefined]), acceptor: random.pick([0, 0, 20, 5_000, undefined]) };
}

function loseClient(world: StreamWorld, random: SeededRandom): void {
  const client = random.pick(world.clients);
  if (client.peer.isOver) return;
  world.note(`${client.record.name} loses its client`);
  client.isLost = true;
  world.timeline.removeSleeper(client.peer);
  client.connection?.break({ initiator: undefined, acceptor: 0 });
}

/** What may end a session beside an orderly close. */
function excuses(
  world: StreamWorld,
  scenario: StreamScenario,
  client: StreamClient,
  side: Side,
): readonly SessionFailureCode[] {
  const codes: SessionFailureCode[] = [];
  if (side === "initiator" && !client.hasOpened) codes.push("SESSION_CONNECTION_LOST", "SESSION_OPEN_TIMEOUT");
  const left: SessionFailureCode[] = ["SESSION_INACTIVITY_TIMEOUT", "SESSION_RECEIVE_TIMEOUT", "SESSION_CLOSE_TIMEOUT"];
  if (side === "acceptor" && (!client.hasOpened || client.isLost)) codes.push(...left);
  if (client.isAborted) codes.push(...left, "SESSION_ABORTED", "SESSION_TERMINATED_BY_PEER", "SESSION_UNKNOWN_TO_PEER");
  if (world.hasRestarted) codes.push("SESSION_UNKNOWN_TO_PEER");
  // The last message of a close has no answer: when the connection is lost with it, its receiver can only wait.
  const peerOutcome = client.record.outcomes[otherSide(side)];
  const isPeerClosed = peerOutcome !== undefined && peerOutcome.failure === undefined;
  if (scenario.closesEarly && isPeerClosed && side === "acceptor") codes.push(...left);
  return codes;
}

function checkEnd(world: StreamWorld, scenario: StreamScenario, totals: Totals): void {
  for (const client of world.clients) {
    for (const side of sides) checkSide(world, scenario, client, side);
    const { outcomes } = client.record;
    if (!client.hasOpened && !client.isLost) totals.unopenedCount += 1;
    else if (outcomes.initiator?.failure !== undefined || outcomes.acceptor?.failure !== undefined || client.isLost)
      totals.faultedSessionCount += 1;
    if (client.peer.session.pendingCallCount > 0 && !client.isLost)
      throw new SimulationFailure("comes-to-rest", `${client.record.name} is over and still waits for answers`);
  }
  if (world.server.sessionCount > 0)
    throw new SimulationFailure(
      "comes-to-rest",
      `the service still has ${world.server.sessionCount} sessions at the end`,
    );
}

function checkSide(world: StreamWorld, scenario: StreamScenario, client: StreamClient, side: Side): void {
  const { record, server, isLost } = client;
  const outcome = record.outcomes[side];
  if (outcome === undefined) {
    const isExpected = side === "initiator" ? isLost : server === undefined || world.hasRestarted;
    if (isExpected) return;
    throw new SimulationFailure("comes-to-rest", `${side} of ${record.name} is not over at the end`);
  }
  if (outcome.failure === undefined || excuses(world, scenario, client, side).includes(outcome.failure)) return;
  const reason = `${side} of ${record.name} faulted with ${outcome.failure}: ${outcome.reason}`;
  throw new SimulationFailure("completes", reason);
}
