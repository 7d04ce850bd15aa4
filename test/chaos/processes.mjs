import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";

/** A program of this folder in a process of its own, that tells and is told over the side channel. */
export class ChildProcess {
  #child;
  #name;
  /** Hears of every message; set it at once. */
  onMessage = () => undefined;
  #waiters = new Map();
  #failure;

  constructor(name, ...args) {
    this.#name = name;
    this.#child = fork(fileURLToPath(new URL(name, import.meta.url)), args, {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    this.#child.on("message", (message) => {
      this.onMessage(message);
      this.#waiters.get(message.type)?.resolve(message);
      this.#waiters.delete(message.type);
    });
    this.#child.on("exit", (code, signal) => {
      this.#failure = new Error(`${this.#name} ended by itself with ${signal ?? `code ${code}`}`);
      for (const { reject } of this.#waiters.values()) reject(this.#failure);
      this.#waiters.clear();
    });
  }

  tell(type, message = {}) {
    this.#child.send({ type, ...message });
  }

  /** The next message of this type. */
  async told(type) {
    if (this.#failure !== undefined) throw this.#failure;
    return new Promise((resolve, reject) => this.#waiters.set(type, { resolve, reject }));
  }

  stop() {
    this.#waiters.clear();
    this.#child.kill();
  }
}
