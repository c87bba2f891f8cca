"""Whom to talk to and why: ideal customers, ranking, lists, research, stakeholders, verified contacts."""
