"""The tables. Columns are named like the fields of the record they hold (`callcenter/records.py`, `outbound.py`,
`care.py`, `accounts.py`).

Rules of the schema:

- No foreign key leads from what happened (calls, legs, waiting, agent changes) to what is configured or to each
  other: reality reaches us late, twice and out of order, and a fact must never be refused.
- Two versions of the program may run on one schema while an installation is upgraded: a migration only *adds* (a
  column nullable or with a server default); what is no longer used is removed one release later.
- Where a caller cannot know whether its commit arrived, the row carries an id made by the client (`id`, `close_id`,
  `step_id`).
- An index WHERE something is used only by a query that says the same with the same constant, not with a parameter.
"""

from callcenter.adapters.store.schema.care import (
    callbacks,
    consents,
    debts,
    notices,
    payments,
    survey_answers,
    voicemails,
)
from callcenter.adapters.store.schema.flows import flow_aliases, flow_drafts, flow_trials, flows, visits
from callcenter.adapters.store.schema.inbound import (
    agent_changes,
    agents,
    audits,
    blocked,
    calls,
    closures,
    leases,
    legs,
    numbers,
    persons,
    queues,
    service_states,
    sessions,
    trunks,
    waiting,
)
from callcenter.adapters.store.schema.metadata import metadata
from callcenter.adapters.store.schema.outbound import (
    answer_counts,
    attempts,
    campaigns,
    dial_numbers,
    dnc,
    leads,
    pacing_decisions,
    scorers,
)
from callcenter.adapters.store.schema.people import tokens, users, web_sessions

__all__ = [
    "agent_changes",
    "agents",
    "answer_counts",
    "attempts",
    "audits",
    "blocked",
    "callbacks",
    "calls",
    "campaigns",
    "closures",
    "consents",
    "debts",
    "dial_numbers",
    "dnc",
    "flow_aliases",
    "flow_drafts",
    "flow_trials",
    "flows",
    "leads",
    "leases",
    "legs",
    "metadata",
    "notices",
    "numbers",
    "pacing_decisions",
    "payments",
    "persons",
    "queues",
    "scorers",
    "service_states",
    "sessions",
    "survey_answers",
    "tokens",
    "trunks",
    "users",
    "visits",
    "voicemails",
    "waiting",
    "web_sessions",
]
