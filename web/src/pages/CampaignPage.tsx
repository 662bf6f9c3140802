// One campaign: what it does now, whom it calls, and what became of the calls.
import { Suspense, lazy, useState } from "react";
import { T } from "../texts.ts";
import { usePolled } from "../ui/usePolled.ts";
import { AttemptsList } from "./AttemptsList.tsx";
import { Facts, Message, Notes, type Status } from "./CampaignStatus.tsx";
import { CampaignActions, CampaignWindow, type Open, useWindow } from "./CampaignWindows.tsx";
import { State } from "./CampaignsPage.tsx";
import { LeadsList } from "./LeadsList.tsx";
import { type Campaign, pathOf } from "./campaigns.ts";
import { P } from "./words.ts";

const EVERY_MS = 2_000;
// Who is called back has asked for it: there is no list to forecast.
const VIEWS: Record<string, string[]> = { callback: ["leads", "calls", "why"] };
const ALL_VIEWS = ["leads", "calls", "why", "forecast"];

// Seldom looked at, and not fetched before.
const WhyPanel = lazy(() => import("./WhyPanel.tsx"));
const ForecastPanel = lazy(() => import("./ForecastPanel.tsx"));

export function CampaignPage({ name, isAdmin }: { name: string; isAdmin: boolean }) {
  const { data, again } = usePolled<Status>(`${pathOf(name)}/status`, EVERY_MS);
  const { open, setOpen, done } = useWindow(again);
  const campaign = data?.campaign;
  return (
    <>
      <Head name={name} campaign={campaign} isAdmin={isAdmin} onOpen={setOpen} />
      {campaign && campaign.notes.length > 0 && <Notes texts={campaign.notes} />}
      <div className="beside">
        {data ? <Facts status={data} /> : <p className="empty">{T.loading}</p>}
        <Message name={name} mayChange={isAdmin} />
      </div>
      {data && <Views status={data} isAdmin={isAdmin} onOpen={setOpen} />}
      {open && <CampaignWindow open={open} onOpen={setOpen} onDone={done} again={again} />}
    </>
  );
}

interface PartProps {
  isAdmin: boolean;
  onOpen: (open: Open) => void;
}

function Head({ name, campaign, isAdmin, onOpen }: PartProps & { name: string; campaign: Campaign | undefined }) {
  return (
    <header className="stack">
      <a href="#/campaigns/campaigns">{P.campaigns.all}</a>
      <div className="page-head">
        <h1>
          {name} {campaign && <State state={campaign.state} />}
        </h1>
        <div className="row small wraps">{campaign && <CampaignActions campaign={campaign} isAdmin={isAdmin} onOpen={onOpen} />}</div>
      </div>
      {campaign?.title && campaign.title !== name && <p className="about">{campaign.title}</p>}
    </header>
  );
}

function Views({ status, isAdmin, onOpen }: PartProps & { status: Status }) {
  const [view, setView] = useState("leads");
  const { campaign } = status;
  const { kind, leads } = campaign;
  return (
    <section className="stack" aria-label={P.campaigns.views[view]}>
      <div className="page-head">
        <div className="views" role="group" aria-label={P.campaigns.show}>
          {(VIEWS[kind] ?? ALL_VIEWS).map((one) => (
            <button key={one} type="button" aria-pressed={one === view} onClick={() => setView(one)}>
              {P.campaigns.views[one]}
            </button>
          ))}
        </div>
        {isAdmin && (leads.done ?? 0) > 0 && (
          <button type="button" onClick={() => onOpen({ sort: "reset", campaign })}>
            {P.campaigns.reset}
          </button>
        )}
      </div>
      <Suspense fallback={<p className="empty">{T.loading}</p>}>
        <View view={view} status={status} />
      </Suspense>
    </section>
  );
}

function View({ view, status }: { view: string; status: Status }) {
  const { name, leads, in_flight, total } = status.campaign;
  // What was counted tells whether the lists say something else by now.
  const round = JSON.stringify([leads, in_flight, total]);
  switch (view) {
    case "calls":
      return <AttemptsList name={name} round={round} />;
    case "why":
      return <WhyPanel status={status} />;
    case "forecast":
      return <ForecastPanel name={name} />;
    default:
      return <LeadsList name={name} round={round} />;
  }
}
