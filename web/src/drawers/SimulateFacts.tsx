// What the simulated call knows, and what was done in it besides talking.
import type { Simulation } from "../api/flows.ts";
import { T } from "../texts.ts";
import { useCall } from "./simulation.ts";

export function Facts() {
  const shown = useCall((state) => state.shown);
  if (!shown) return null;
  return (
    <div className="sim-facts">
      <h3>{T.sim.variables}</h3>
      <Variables shown={shown} />
      {shown.performed.length > 0 && <Done what={shown.performed} />}
    </div>
  );
}

function Variables({ shown }: { shown: Simulation }) {
  const variables = Object.entries(shown.variables);
  const also = [
    [T.sim.language, shown.language],
    [T.sim.intent, shown.intent],
    [T.sim.queue, shown.queue],
  ].filter(([, value]) => value);
  if (variables.length + also.length === 0) return <p className="empty">{T.sim.noVariables}</p>;
  return (
    <table>
      <tbody>
        {also.map(([name, value]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>{value}</td>
          </tr>
        ))}
        {variables.map(([name, value]) => (
          <tr key={name}>
            <th scope="row">
              <code>{name}</code>
            </th>
            <td>
              <code>{JSON.stringify(value)}</code>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Done({ what }: { what: Simulation["performed"] }) {
  return (
    <>
      <h3>{T.sim.done}</h3>
      <ul className="lines">
        {what.map(({ kind, fields }, place) => (
          <li key={place}>
            <strong>{kind}</strong> <code>{JSON.stringify(fields)}</code>
          </li>
        ))}
      </ul>
    </>
  );
}
