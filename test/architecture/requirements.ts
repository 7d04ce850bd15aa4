import { lineOf } from "./code-text.ts";
import type { Finding, RepositoryFile } from "./repository.ts";

/** For example R-NBFX-2.3-1: the specification, its clause, a number. */
const requirementId = /(?<![\w-])R-[A-Z][A-Z0-9]*(?:-[A-Z0-9]+(?:\.[A-Z0-9]+)*)+(?![\w-])/g;

const definition = /^- \*\*(R-[^*\s]+)\*\* /gm;

/** Requirements that are defined twice, cited but not defined, or cited by no test. */
export function requirementFindings(notes: readonly RepositoryFile[], files: readonly RepositoryFile[]): Finding[] {
  const findings: Finding[] = [];
  const definitions = new Map<string, string>();
  for (const note of notes) {
    for (const match of note.text.matchAll(definition)) {
      const id = match[1]!;
      const path = `${note.path}:${lineOf(note.text, match.index)}`;
      const first = definitions.get(id);
      if (first !== undefined) findings.push({ path, message: `defines ${id}, which ${first} defines already` });
      else definitions.set(id, path);
      if (!isRequirementId(id)) findings.push({ path, message: `${id} is no requirement id` });
    }
  }
  const citedByTests = new Set<string>();
  for (const file of files) {
    for (const match of file.text.matchAll(requirementId)) {
      const path = `${file.path}:${lineOf(file.text, match.index)}`;
      if (!definitions.has(match[0]))
        findings.push({ path, message: `cites ${match[0]}, which spec-notes do not define` });
      if (isTestFile(file.path)) citedByTests.add(match[0]);
    }
  }
  for (const [id, path] of definitions) {
    if (!citedByTests.has(id)) findings.push({ path, message: `no test cites ${id}` });
  }
  return findings;
}

/** A file that tests: `*.test.ts` anywhere, and the runs under `test/` that need another program. */
function isTestFile(path: string): boolean {
  return path.endsWith(".test.ts") || /^test\/(?:interop|bench|pack)\//.test(path);
}

function isRequirementId(id: string): boolean {
  return id.match(requirementId)?.[0] === id;
}
