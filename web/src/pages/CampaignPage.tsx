// One campaign: what it does now, whom it calls, and what became of the calls.
import { useState } from "react";
import { usePolled } from "../ui/usePolled.ts";
import { T } from "../texts.ts";
import { AttemptsList } from "./AttemptsList.tsx";
import { Facts, Message, Notes, type Status } from "./CampaignStatus.tsx";
import { CampaignActions, CampaignWindow, useWindow } from "./CampaignWindows.tsx";
import { State } from "./CampaignsPage.tsx";
import { LeadsList } from "./LeadsList.tsx";
import { pathOf } from "./campaigns.ts";
import { P } from "./words.ts";

const EVERY_MS = 2_000;
const LISTS = ["leads", "calls"] as const;

export function CampaignPage({ name, isAdmin }: { name: string; isAdmin: boolean }) {
  const { data, again } = usePolled<Status>(`${pathOf(name)}/status`, EVERY_MS);
  const { open, setOpen, done } = useWindow(again);
  const [list, setList] = useState<(typeof LISTS)[number]>("leads");
  const campaign = data?.campaign;
  // What was counted tells whether the lists say something else by now.
  const round = campaign ? JSON.stringify([campaign.leads, campaign.in_flight, campaign.total]) : "";
  return (
    <>
      <header className="stack">
        <a href="#/campaigns/campaigns">{P.campaigns.all}</a>
        <div className="page-head">
          <h1>
            {name} {campaign && <State state={campaign.state} />}
          </h1>
          <div className="row small wraps">{campaign && <CampaignActions campaign={campaign} isAdmin={isAdmin} onOpen={setOpen} />}</div>
        </div>
        {campaign?.title && campaign.title !== name && <p className="about">{campaign.title}</p>}
      </header>
      {campaign && campaign.notes.length > 0 && <Notes texts={campaign.notes} />}
      <div className="beside">
        {data ? <Facts status={data} /> : <p className="empty">{T.loading}</p>}
        <Message name={name} mayChange={isAdmin} />
      </div>
      {campaign && (
        <section className="stack" aria-label={P.campaigns.lists[list]}>
          <div className="page-head">
            <div className="views" role="group" aria-label={P.campaigns.show}>
              {LISTS.map((one) => (
                <button key={one} type="button" aria-pressed={one === list} onClick={() => setList(one)}>
                  {P.campaigns.lists[one]}
                </button>
              ))}
            </div>
            {isAdmin && (campaign.leads.done ?? 0) > 0 && (
              <button type="button" onClick={() => setOpen({ sort: "reset", campaign })}>
                {P.campaigns.reset}
              </button>
            )}
          </div>
          {list === "leads" ? <LeadsList name={name} round={round} /> : <AttemptsList name={name} round={round} />}
        </section>
      )}
      {open && <CampaignWindow open={open} onOpen={setOpen} onDone={done} again={again} />}
    </>
  );
}
