"""A company with a known truth, written as the files that real tools export."""

from tandem.simulation.company import simulate
from tandem.simulation.config import CompanyConfig, Noise, Summary

__all__ = ["CompanyConfig", "Noise", "Summary", "simulate"]
