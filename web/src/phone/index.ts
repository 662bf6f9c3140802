// What others use of the phone. Load it lazily: JsSIP is a third of the size of the whole editor.
export { type Dialled, callMe, phone } from "./callMe.ts";
export { type Health, type Trouble, troubles } from "./health.ts";
export { type Access, type Counts, type Levels, Phone, type PhoneOptions, type PhoneView } from "./phone.ts";
export { PhonePanel, type PhonePanelProps } from "./PhonePanel.tsx";
export { type PhoneState, canDial, isIdle, onCall } from "./states.ts";
