import type { SessionFailureCode } from "@bowline/protocol/reliable-messaging";
import { otherSide, type Side } from "../facts.ts";
import type { RunContext } from "../run-context.ts";
import type { SeededRandom } from "../seeded-random.ts";
import { pausesOf } from "../session-options.ts";
import { SimulationFailure } from "../simulation-failure.ts";
import type { Totals } from "../totals.ts";
import { drawMessageScenario, type MessageScenario } from "./message-scenario.ts";
import { MessageWorld } from "./message-world.ts";

/** All must be over this long after the network has healed and the applications have said all. */
const restWithinMs = 8_000_000;

/** Draws a scenario and lives through it; throws a SimulationFailure when a checker objects. */
export function runMessages(random: SeededRandom, context: RunContext): void {
  const { totals, trace } = context;
  const scenario = drawMessageScenario(random);
  trace.add(0, `scenario ${JSON.stringify(scenario)}`);
  const world = new MessageWorld(scenario, random.fork(), context);
  const { timeline } = world;
  world.open();
  plan(world, scenario, random.fork());
  timeline.run(scenario.healAtMs + restWithinMs, () => isOver(world));
  totals.simulatedMs += timeline.nowMs;
  checkEnd(world, scenario, totals);
}

function isOver(world: MessageWorld): boolean {
  return world.initiator.isOver && (world.acceptor === undefined || world.acceptor.isOver);
}

function plan(world: MessageWorld, scenario: MessageScenario, random: SeededRandom): void {
  const { timeline, hosts } = world;
  const { healAtMs } = scenario;
  const sometime = (): number => random.fraction() * healAtMs;
  for (const side of ["initiator", "acceptor"] as const) planSending(world, scenario, side, random);
  for (let count = 0; count < scenario.cutCount; count++) timeline.after(sometime(), () => world.cut());
  for (let count = 0; count < scenario.pauseCount; count++) {
    const side = random.pick<Side>(["initiator", "acceptor"]);
    const pauseMs = random.pick(pausesOf(side, scenario.standsStill));
    timeline.after(sometime(), () => hosts[side].pause(pauseMs));
  }
  for (let count = 0; count < scenario.clockJumpCount; count++) {
    const host = hosts[random.pick<Side>(["initiator", "acceptor"])];
    const jumpMs = random.pick([100, 5_000, 60_000]);
    timeline.after(sometime(), () => host.jumpClock(jumpMs));
  }
  if (scenario.restartsAcceptor) timeline.after(sometime(), () => world.restartAcceptor());
  timeline.after(healAtMs, () => world.heal());
  const closesAfterMs = scenario.closesEarly ? sometime() : healAtMs + scenario.idleMs + random.integer(0, 5_000);
  timeline.after(closesAfterMs, () => close(world, scenario, scenario.closer));
  if (scenario.closesTogether) timeline.after(closesAfterMs, () => close(world, scenario, otherSide(scenario.closer)));
  const { aborter } = scenario;
  if (aborter !== undefined) timeline.after(sometime() * 2, () => hosts[aborter].perform(() => world.abort(aborter)));
}

function planSending(world: MessageWorld, scenario: MessageScenario, side: Side, random: SeededRandom): void {
  const { timeline, hosts } = world;
  let remaining = scenario.messageCount[side];
  const send = (): void => {
    const peer = world.peer(side);
    const isWaiting = !world.acceptorIsGone && (peer === undefined || peer.machine.state === "opening");
    const nextMs = random.pick([0, 5, 100, 1_000]);
    if (!isWaiting) {
      for (let count = 0; count < scenario.burstCount && remaining > 0; count++) {
        remaining = peer?.offer() === true ? remaining - 1 : 0;
      }
    }
    if (remaining > 0) timeline.after(isWaiting ? 100 : nextMs, () => hosts[side].perform(send));
    else world.record.isDoneSending[side] = true;
  };
  timeline.after(0, send);
}

/** The application whose turn it is ends the session, once it has said all. */
function close(world: MessageWorld, scenario: MessageScenario, closer: Side): void {
  const peer = world.peer(closer);
  if (world.initiator.isOver) return;
  if (peer === undefined || !world.record.isDoneSending[closer] || peer.machine.state === "opening") {
    if (closer === "acceptor" && world.acceptorIsGone) world.initiator.dispatch({ type: "close" });
    else world.timeline.after(100, () => close(world, scenario, closer));
    return;
  }
  world.hosts[closer].perform(() => peer.dispatch({ type: "close" }));
}

/** What may end a session beside an orderly close. */
function excuses(world: MessageWorld, scenario: MessageScenario, side: Side): readonly SessionFailureCode[] {
  const codes: SessionFailureCode[] = [];
  if (world.acceptorIsGone) codes.push("SESSION_UNKNOWN_TO_PEER", "SESSION_CONNECTION_LOST", "SESSION_CLOSE_TIMEOUT");
  if (world.isAborted) {
    codes.push("SESSION_ABORTED", "SESSION_TERMINATED_BY_PEER", "SESSION_UNKNOWN_TO_PEER");
    codes.push("SESSION_INACTIVITY_TIMEOUT", "SESSION_CLOSE_TIMEOUT", "SESSION_CONNECTION_LOST");
  }
  // The last message of a close has no answer: when the connection is lost with it, its receiver can only wait.
  const isPeerClosed = world.record.outcomes[otherSide(side)]?.failure === undefined;
  if (scenario.closesEarly && scenario.cutCount > 0 && isPeerClosed && side === "acceptor")
    codes.push("SESSION_CLOSE_TIMEOUT", "SESSION_INACTIVITY_TIMEOUT");
  return codes;
}

function checkEnd(world: MessageWorld, scenario: MessageScenario, totals: Totals): void {
  for (const side of ["initiator", "acceptor"] as const) {
    if (side === "acceptor" && world.acceptor === undefined) continue;
    const outcome = world.record.outcomes[side];
    if (outcome === undefined)
      throw new SimulationFailure("comes-to-rest", `${side} is still ${world.peer(side)?.machine.state} at the end`);
    if (outcome.failure === undefined) continue;
    if (!excuses(world, scenario, side).includes(outcome.failure))
      throw new SimulationFailure("completes", `${side} faulted with ${outcome.failure}: ${outcome.reason}`);
  }
  const { outcomes } = world.record;
  if (outcomes.initiator?.failure !== undefined || outcomes.acceptor?.failure !== undefined)
    totals.faultedSessionCount += 1;
}
