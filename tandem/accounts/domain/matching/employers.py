"""Which account a contact's record names: by the source's key, by domain, by name. Accounts are resolved first."""

from __future__ import annotations

import pandas as pd

from tandem.accounts.domain import normalise


class Employers:
    """Accounts as contacts name them.

    accounts : one row a record: `source`, `key`, `cluster_id` and where known `domain`, `name`
    """

    def __init__(self, accounts: pd.DataFrame) -> None:
        cluster = accounts["cluster_id"].astype("int64").astype(str)
        keys = accounts["key"].map(normalise.clean)
        self._by_source_key = _one_each(accounts["source"].astype(str) + "\x1f" + keys, cluster, keys != "")
        self._by_key = _one_each(keys, cluster, keys != "")
        domains = _told(accounts, "domain", normalise.company_domain)
        names = _told(accounts, "name", _core)
        self._by_domain = _one_each(domains, cluster, domains != "")
        self._by_name = _one_each(names, cluster, names != "")

    def of(self, contacts: pd.DataFrame) -> pd.Series:
        """Cluster id of each contact's employer as text; "" when none is known or several fit.

        contacts : `source` and any of `account_key`, `account_domain`, `account_name`, `email`
        """
        keys = _told(contacts, "account_key", normalise.clean)
        mail = _told(contacts, "email", lambda text: normalise.company_domain(text.rpartition("@")[2]))
        tries = (
            (contacts["source"].astype(str) + "\x1f" + keys).map(self._by_source_key),
            keys.map(self._by_key),
            _told(contacts, "account_domain", normalise.company_domain).map(self._by_domain),
            mail.map(self._by_domain),
            _told(contacts, "account_name", _core).map(self._by_name),
        )
        found = pd.Series("", index=contacts.index, dtype=object)
        for answers in tries:
            found = found.where(found != "", answers.fillna(""))
        return found


def _core(text: str) -> str:
    return normalise.company_name(text).core


def _told(frame: pd.DataFrame, name: str, function: object) -> pd.Series:
    if name not in frame.columns:
        return pd.Series("", index=frame.index, dtype=object)
    return normalise.column(frame[name], function)  # type: ignore[arg-type]


def _one_each(words: pd.Series, cluster: pd.Series, usable: pd.Series) -> dict[str, str]:
    """Word to cluster, words of one cluster only."""
    frame = pd.DataFrame({"word": words[usable], "cluster": cluster[usable]}).drop_duplicates()
    frame = frame[~frame["word"].duplicated(keep=False)]
    return dict(zip(frame["word"], frame["cluster"], strict=True))
