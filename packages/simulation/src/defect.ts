import type { ReliableSessionOptions } from "@bowline/protocol/reliable-messaging";

/** A deliberate mistake in the machines, made from outside while a run lasts: a swarm that does not find it checks nothing. */
export interface Defect {
  /** What goes wrong, as a sentence without its full stop. */
  readonly name: string;
  /** Puts the mistake in, and returns what takes it out. */
  install?(): () => void;
  /** What the machines are given in place of what the checkers expect of them. */
  alterOptions?(options: ReliableSessionOptions): ReliableSessionOptions;
}

/** Replaces a method; returns what puts the original back. */
export function replaceMethod<T extends object, K extends keyof T>(
  prototype: T,
  name: K,
  make: (original: T[K]) => T[K],
): () => void {
  const descriptor = Object.getOwnPropertyDescriptor(prototype, name)!;
  Object.defineProperty(prototype, name, { ...descriptor, value: make(descriptor.value as T[K]) });
  return () => {
    Object.defineProperty(prototype, name, descriptor);
  };
}

/** Replaces a getter; `make` is given what reads the original. */
export function replaceGetter<T extends object, K extends keyof T>(
  prototype: T,
  name: K,
  make: (read: (self: T) => T[K]) => (self: T) => T[K],
): () => void {
  const descriptor = Object.getOwnPropertyDescriptor(prototype, name)!;
  const replacement = make((self) => descriptor.get?.call(self) as T[K]);
  Object.defineProperty(prototype, name, {
    ...descriptor,
    get(this: T): T[K] {
      return replacement(this);
    },
  });
  return () => {
    Object.defineProperty(prototype, name, descriptor);
  };
}

/** Takes several mistakes out again, the last one first. */
export function together(...restores: readonly (() => void)[]): () => void {
  return () => {
    for (const restore of restores.toReversed()) restore();
  };
}
