/** Source text in which a check can look for words without meeting them in prose. */
export interface CodeText {
  /** As long as the source, line for line; what stood in comments, strings and regular expressions is blank, their quotes stay. */
  readonly code: string;
  /** The modules it imports or re-exports, also for types and by `import()`. */
  readonly imports: readonly ImportedModule[];
}

/** A module specifier and the line it stands in, from 1. */
export interface ImportedModule {
  readonly specifier: string;
  readonly line: number;
}

/** Takes the comments and the contents of literals out of TypeScript or JavaScript. */
export function codeTextOf(source: string): CodeText {
  const code = new Blanker(source).blank();
  const imports: ImportedModule[] = [];
  for (const match of code.matchAll(/(?<![.\w$])(?:from|import\s*\(|import)\s*(["'])(\s*)\1/g)) {
    const to = match.index + match[0].length - 1;
    const specifier = source.slice(to - match[2]!.length, to);
    imports.push({ specifier, line: lineOf(source, match.index) });
  }
  return { code, imports };
}

/** The line that an offset lies in, from 1. */
export function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}

/** One pass over a source, copying code and blanking the rest. Only code inside `${}` of a template counts as code. */
class Blanker {
  readonly #source: string;
  #at = 0;
  #code = "";
  /** Open braces; "${" marks one whose end continues a template. */
  readonly #braces: string[] = [];

  constructor(source: string) {
    this.#source = source;
  }

  blank(): string {
    while (this.#at < this.#source.length) this.#step();
    return this.#code;
  }

  #step(): void {
    const source = this.#source;
    const two = source.slice(this.#at, this.#at + 2);
    const one = two[0]!;
    if (two === "//") this.#blankTo(indexAfter(source, "\n", this.#at, -1));
    else if (two === "/*") this.#blankTo(indexAfter(source, "*/", this.#at + 2, 0));
    else if (one === '"' || one === "'") this.#literal(one);
    else if (one === "`") this.#template();
    else if (one === "/" && this.#regularExpressionMayStand()) this.#regularExpression();
    else if (one === "}" && this.#braces.pop() === "${") this.#template();
    else {
      if (one === "{") this.#braces.push("{");
      this.#copy();
    }
  }

  /** Stands on the quote that begins a string. */
  #literal(quote: string): void {
    this.#copy();
    while (this.#at < this.#source.length && this.#source[this.#at] !== quote && this.#source[this.#at] !== "\n") {
      this.#blankTo(this.#at + (this.#source[this.#at] === "\\" ? 2 : 1));
    }
    if (this.#source[this.#at] === quote) this.#copy();
  }

  /** Stands on the back quote that begins a template or on the brace that ends code in one. */
  #template(): void {
    this.#copy();
    while (this.#at < this.#source.length && this.#source[this.#at] !== "`") {
      if (this.#source.startsWith("${", this.#at)) {
        this.#braces.push("${");
        this.#copy();
        this.#copy();
        return;
      }
      this.#blankTo(this.#at + (this.#source[this.#at] === "\\" ? 2 : 1));
    }
    if (this.#at < this.#source.length) this.#copy();
  }

  #regularExpression(): void {
    this.#copy();
    let isInClass = false;
    while (this.#at < this.#source.length && this.#source[this.#at] !== "\n") {
      const character = this.#source[this.#at]!;
      if (character === "/" && !isInClass) return this.#copy();
      if (character === "[") isInClass = true;
      else if (character === "]") isInClass = false;
      this.#blankTo(this.#at + (character === "\\" ? 2 : 1));
    }
  }

  /** A slash divides after a value and begins a regular expression anywhere else. */
  #regularExpressionMayStand(): boolean {
    const before = this.#code.trimEnd();
    if (/\b(?:return|typeof|case|in|of|delete|void|throw|await|yield|else|do)$/.test(before)) return true;
    return !/[\w$)\]}"'`]$/.test(before);
  }

  #copy(): void {
    this.#code += this.#source[this.#at]!;
    this.#at += 1;
  }

  #blankTo(end: number): void {
    const to = Math.min(end, this.#source.length);
    this.#code += this.#source.slice(this.#at, to).replace(/[^\n]/g, " ");
    this.#at = to;
  }
}

/** Where `text` ends after `from`, moved by `shift`; the end of the source when it does not come. */
function indexAfter(source: string, text: string, from: number, shift: number): number {
  const index = source.indexOf(text, from);
  return index < 0 ? source.length : index + text.length + shift;
}
