// The pages that set the centre up, with the way from one to the other beside them.
import type { ReactNode } from "react";
import type { Role } from "../api/session.ts";
import "../style/editor.css";
import "../style/pages.css";
import { CallbacksPage, SurveysPage, VoicemailsPage } from "./AftercarePages.tsx";
import { DebtsPage, PersonsPage } from "./CallersPages.tsx";
import { CampaignPage } from "./CampaignPage.tsx";
import { CampaignsPage } from "./CampaignsPage.tsx";
import { CentrePage, HoursPage, SecretsPage } from "./CentrePages.tsx";
import { BlocksPage, ClosurePage, DncPage } from "./ClosingPages.tsx";
import { AgentsPage, TrunksPage } from "./LinesPages.tsx";
import { AuditPage, TokensPage, UsersPage } from "./PeoplePages.tsx";
import { PromptsPage } from "./PromptsPage.tsx";
import { DestinationsPage, MailboxesPage, NumbersPage, QueuesPage } from "./SetupTables.tsx";
import { type Place, placesFor } from "./places.ts";
import { P } from "./words.ts";

const PAGES: Record<string, (role: Role, of: string | null) => ReactNode> = {
  prompts: (role) => <PromptsPage mayEdit={role === "admin"} />,
  queues: (role) => <QueuesPage mayEdit={role === "admin"} />,
  numbers: (role) => <NumbersPage mayEdit={role === "admin"} />,
  agents: (role) => <AgentsPage mayEdit={role === "admin"} />,
  trunks: (role) => <TrunksPage mayEdit={role === "admin"} />,
  destinations: (role) => <DestinationsPage mayEdit={role === "admin"} />,
  mailboxes: (role) => <MailboxesPage mayEdit={role === "admin"} />,
  centre: (role) => <CentrePage mayEdit={role === "admin"} />,
  secrets: () => <SecretsPage />,
  hours: () => <HoursPage />,
  campaigns: (role, of) => (of === null ? <CampaignsPage isAdmin={role === "admin"} /> : <CampaignPage name={of} isAdmin={role === "admin"} />),
  persons: (role) => <PersonsPage mayEdit={role === "admin"} />,
  debts: (role) => <DebtsPage mayEdit={role === "admin"} />,
  callbacks: () => <CallbacksPage />,
  voicemails: () => <VoicemailsPage />,
  surveys: () => <SurveysPage />,
  closure: (role) => <ClosurePage mayClose={role !== "agent"} />,
  blocks: () => <BlocksPage />,
  dnc: (role) => <DncPage mayRemove={role === "admin"} />,
  users: () => <UsersPage />,
  tokens: () => <TokensPage />,
  audit: () => <AuditPage />,
};

export default function PlacePage({ place, of, role }: { place: Place; of: string | null; role: Role }) {
  const beside = placesFor(role).filter(({ group }) => group === place.group);
  const page = <div className="page">{PAGES[place.page]?.(role, of)}</div>;
  if (beside.length < 2) return page;
  return (
    <div className="places">
      <nav aria-label={P.nav.within}>
        {beside.map(({ group, page: name }) => (
          <a key={name} href={`#/${group}/${name}`} aria-current={name === place.page ? "page" : undefined}>
            {P.nav[name]}
          </a>
        ))}
      </nav>
      {page}
    </div>
  );
}
