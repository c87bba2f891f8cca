"""Which rules signals count by: the version in force, all versions, and one of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tandem.core.errors import NotFound
from tandem.intent.contracts import KindRules
from tandem.intent.domain.kind_rules import as_document, built_in_rules, digest, read_rules
from tandem.intent.domain.kind_rules import speaks as speaks
from tandem.intent.models import KindSetting


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesInForce:
    """The rules that count.

    version : of the setting; None: those that come with the product
    hash : of the rules, as runs store it
    """

    rules: KindRules
    version: int | None
    hash: str


def rules_in_force() -> RulesInForce:
    """The version adopted last; without one, the rules that come with the product. One query."""
    setting = KindSetting.objects.exclude(adopted_at=None).order_by("-adopted_at", "-id").first()
    return _in_force(setting)


def rules_of(version: int | None) -> RulesInForce:
    """One version, whether adopted or not; None: built in. Raises NotFound."""
    return _in_force(None if version is None else get_setting(version))


def get_setting(version: int) -> KindSetting:
    """One stored version. Raises NotFound."""
    setting = KindSetting.objects.filter(id=version).first()
    if setting is None:
        raise NotFound(f"There is no version {version} of the kinds.", hint="The page of kinds lists them.")
    return setting


def list_settings() -> Sequence[KindSetting]:
    """All stored versions, latest first."""
    return tuple(KindSetting.objects.order_by("-id"))


def hash_of(rules: KindRules) -> str:
    """As `RulesInForce.hash`."""
    return digest(as_document(rules))


def _in_force(setting: KindSetting | None) -> RulesInForce:
    rules = built_in_rules() if setting is None else read_rules(setting.rules)
    return RulesInForce(rules=rules, version=None if setting is None else setting.id, hash=hash_of(rules))
