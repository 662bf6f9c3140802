"""Agents, queues, matching: who talks to whom. The only writer of agent state and of call records."""
