"""Adapters: the only place that knows panoramisk, pyst2, redis and SQLAlchemy."""
