import { editField, reveal, theDraft, useEditor } from "../editor/store.ts";
import { type Problem, errorsFirst } from "../flow/problems.ts";
import { T } from "../texts.ts";

export function Problems() {
  const problems = useEditor((state) => state.problems);
  if (problems.length === 0) return <p className="empty">{T.problems.none}</p>;
  return (
    <ul className="problems">
      {errorsFirst(problems).map((problem, place) => (
        <li key={place}>
          <button type="button" onClick={() => show(problem)}>
            <span className={`badge ${problem.severity}`}>
              {problem.severity === "error" ? `! ${T.problems.error}` : `△ ${T.problems.warning}`}
            </span>
            <span className="problem-place">{[problem.node || T.problems.wholeFlow, problem.field].filter(Boolean).join(" · ")}</span>
            <span className="problem-text">{problem.text}</span>
            <code>{problem.code}</code>
          </button>
        </li>
      ))}
    </ul>
  );
}

function show({ node, field }: Problem): void {
  if (!(node in theDraft().body.nodes)) return;
  reveal(node, false);
  editField(node, field);
}
