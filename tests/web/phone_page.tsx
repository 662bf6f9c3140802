// The phone's panel alone on a page of the desk, for tests/web/test_phone.py.
import { createRoot } from "react-dom/client";
import { useToken } from "../../web/src/api/client.ts";
import { PhonePanel, callMe, phone } from "../../web/src/phone/index.ts";

interface Wanted {
  csrf: string;
  flow: string;
  body: unknown;
  caller: string;
}

Object.assign(window, {
  phone,
  showPhone({ csrf, flow, body, caller }: Wanted) {
    useToken(csrf);
    document.body.replaceChildren(document.createElement("main"));
    createRoot(document.body.firstElementChild as Element).render(<PhonePanel phone={phone} call={() => callMe(flow, body, caller)} />);
  },
});
