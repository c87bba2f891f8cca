"""Tables of prospecting."""

from tandem.prospecting.models.ranking import AccountRank, IcpVersion, RankingReport, RankRun

__all__ = ["AccountRank", "IcpVersion", "RankRun", "RankingReport"]
