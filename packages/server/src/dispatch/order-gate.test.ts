import { describe, expect, it } from "vitest";
import { OrderGate } from "./order-gate.ts";

describe("an order gate (R-HOST-ORDER-2)", () => {
  it("lets tickets in by number, whoever comes first, and at once when it is their turn", () => {
    const gate = new OrderGate("orderedStart");
    const entered: number[] = [];
    for (const ticket of [3, 2]) gate.enter(ticket, () => entered.push(ticket));
    expect([entered, gate.waitingCount]).toEqual([[], 2]);
    gate.enter(1, () => entered.push(1));
    expect([entered, gate.waitingCount, gate.next]).toEqual([[1, 2, 3], 0, 4]);
  });

  it("lets the next one in when one has left, in order serial", () => {
    const gate = new OrderGate("serial");
    const entered: number[] = [];
    for (const ticket of [1, 2, 3]) gate.enter(ticket, () => entered.push(ticket));
    expect(entered).toEqual([1]);
    gate.leave(1);
    expect(entered).toEqual([1, 2]);
    gate.leave(3);
    gate.leave(2);
    expect([entered, gate.next]).toEqual([[1, 2], 4]);
  });

  it("does not wait for a ticket that left without having entered, and does not let it in later", () => {
    const gate = new OrderGate("orderedStart");
    const entered: number[] = [];
    gate.enter(2, () => entered.push(2));
    gate.leave(1);
    gate.leave(1);
    gate.enter(1, () => entered.push(1));
    expect(entered).toEqual([2]);
  });

  it("keeps its order when what enters leaves, and enters others, at once", () => {
    const gate = new OrderGate("serial");
    const entered: number[] = [];
    gate.enter(2, () => entered.push(2));
    gate.enter(1, () => {
      gate.enter(3, () => entered.push(3));
      gate.leave(1);
      entered.push(1);
      gate.leave(2);
    });
    expect(entered).toEqual([1, 3]);
  });
});
