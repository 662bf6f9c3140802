// What is shown in the place of a page that cannot be drawn, as when the desk was updated and has other files now.
import { Component, type ReactNode } from "react";
import { T } from "../texts.ts";

interface State {
  fault: Error | null;
}

export class Fallback extends Component<{ children: ReactNode }, State> {
  override state: State = { fault: null };

  static getDerivedStateFromError(fault: Error): State {
    return { fault };
  }

  override render(): ReactNode {
    if (!this.state.fault) return this.props.children;
    return (
      <div className="page" role="alert">
        <p>{T.broken}</p>
        <p className="about">{this.state.fault.message}</p>
        <p>
          <button type="button" className="primary" onClick={() => location.reload()}>
            {T.reload}
          </button>
        </p>
      </div>
    );
  }
}
