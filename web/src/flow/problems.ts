// What check finds, by node and field.
import type { Path } from "./body.ts";

export interface Problem {
  code: string;
  severity: "error" | "warning";
  node: string;
  field: string;
  text: string;
}

export interface Marks {
  errors: number;
  warnings: number;
}

export function byNode(problems: Problem[]): Map<string, Problem[]> {
  const found = new Map<string, Problem[]>();
  for (const problem of problems) found.set(problem.node, [...(found.get(problem.node) ?? []), problem]);
  return found;
}

export function marksOf(problems: Problem[]): Marks {
  const errors = problems.filter(({ severity }) => severity === "error").length;
  return { errors, warnings: problems.length - errors };
}

/** Problems of the field at `path` or of something inside it that is not shown by itself. */
export function atField(problems: Problem[], path: Path): Problem[] {
  const field = path.join(".");
  return problems.filter((problem) => problem.field === field);
}

export function errorsFirst(problems: Problem[]): Problem[] {
  return [...problems].sort(
    (a, b) => a.severity.localeCompare(b.severity) || a.node.localeCompare(b.node) || a.field.localeCompare(b.field),
  );
}
