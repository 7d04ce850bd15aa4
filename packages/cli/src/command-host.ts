/** What the command needs of its host. */
export interface CommandHost {
  readonly version: string;
  /** The bytes of a file, or of the standard input for `-`. @throws InputError when they cannot be read */
  readInput(path: string): Promise<Uint8Array>;
  /** What a module exports. @throws InputError when it cannot be imported */
  importModule(path: string): Promise<Readonly<Record<string, unknown>>>;
  /** Hears each time that the command is told to stop, and why: the name of a signal, or what else it is. */
  onStop(listener: (why: string) => void): Disposable;
  writeOut(text: string): void;
  writeError(text: string): void;
}
