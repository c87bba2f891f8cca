"""Deals: what truly happens to them, and what the CRM is told."""
