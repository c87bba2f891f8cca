"""What a job title says: the person's field and rank, in English, German, French, Dutch, Spanish, Italian, Portuguese
and the Scandinavian languages.

Patterns are looked for in small letters without accents. The first field that matches counts, so that "Procurement
Manager Logistics" buys and "Head of Intralogistics IT" is of IT.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache


class Field(StrEnum):
    """What somebody works on."""

    EXECUTIVE = "executive"
    FINANCE = "finance"
    PURCHASING = "purchasing"
    LEGAL = "legal"
    SECURITY = "security"
    COUNCIL = "council"
    IT = "it"
    OPERATIONS = "operations"
    COMMERCIAL = "commercial"
    PEOPLE = "people"
    DOING = "doing"
    UNKNOWN = "unknown"


class Rank(StrEnum):
    """How high somebody stands."""

    TOP = "top"
    SENIOR = "senior"
    HEAD = "head"
    MANAGER = "manager"
    STAFF = "staff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """A title read. field unknown: the title says nothing that is known here."""

    field: Field
    rank: Rank


_UNFOLDABLE = str.maketrans({"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d"})


def _any(*words: str) -> re.Pattern[str]:
    return re.compile("|".join(words))


_FIELDS: tuple[tuple[Field, re.Pattern[str]], ...] = (
    (Field.COUNCIL, _any("betriebsrat", "works council", r"\bunion\b", "ondernemingsraad", "comite social")),
    (Field.LEGAL, _any(r"\blegal\b", "counsel", "jurist", r"\brecht", "juridi", "legale", "compliance", "datenschutz",
                       "data protection", "privacy", r"\bdpo\b", "abogad", "avvocat", "avocat")),
    (Field.SECURITY, _any(r"\bciso\b", "security", "sicherheit", r"\bsecurite", "seguridad", "sicurezza")),
    (Field.PURCHASING, _any("procure", "purchas", "sourcing", r"\bbuyer\b", "category manager", "einkauf", "einkaufer",
                            r"\bachat", "acheteu", "compras", "comprador", "acquist", r"\binkop", r"\binkoop",
                            "aprovision", "beschaffung", "vendor manage")),
    (Field.FINANCE, _any(r"\bcfo\b", "financ", "finanz", "finans", "controll", "kaufmannisch", r"\bdaf\b", "ekonomi",
                         "okonomi", "treasur", "accounting", "buchhalt", "comptab", "controleu", "tesorer", "ragioner",
                         "economato")),
    (Field.IT, _any(r"\bcio\b", r"\bcto\b", r"\bcdo\b", r"\bit\b", r"\bict\b", r"\bti\b", r"\bdsi\b", r"\bedv\b",
                    "architect", "architekt", "arkitekt", "architecte", "arquitect", "architett", "informati",
                    "sistemas", "sistemi", "technology", "tecnolog", "software", "applicati", "anwendung", r"\bwms\b",
                    r"\bsap\b", r"\berp\b", "developer", "entwickler", "developpeur", "data engineer", "digital",
                    "systemadmin", "informatique", r"\binfrastructure\b", "devops", "platform engineer")),
    (Field.PEOPLE, _any(r"\bhr\b", "human resources", r"\bpeople\b", "personal(leit|wesen|chef)", "ressources humaines",
                        "recursos humanos", "risorse umane", "talent")),
    (Field.COMMERCIAL, _any("sales", "vertrieb", "marketing", "revenue", "ventas", "vendite", "ventes", "commercial",
                            "verkauf", "forsaljning", "kundenservice", "customer (success|service)", "growth")),
    (Field.DOING, _any("analyst", "planner", "planer", r"\bproces+(us)?[ -]?(engineer|ingeni)", "procesengineer",
                       "prozessingenieu", "automation engineer", r"\bproje[ck]t", r"\bproyecto", "progetto", "progett",
                       r"\bprojet\b", r"\bshift\b", "schicht", r"\bturno\b", "skift", "disponent", r"\blean\b",
                       "continuous improvement", "capoturno", "chef d.?equipe", "teamleider", "team lead", "teamleiter",
                       "coordinator", "koordinator", "coordinat", "specialist", "spezialist", "ingenieur", "ingenier",
                       "ingegner", r"\bengineer\b", "sachbearbeit", "assistant", "administrat[io]v", "consultant",
                       "supervisor", "operator", "dispatcher", "scheduler", "inventory")),
    (Field.EXECUTIVE, _any(r"\bceo\b", r"\bcoo\b", "managing director", r"^(vice )?president", "founder", r"\bowner\b",
                           "geschaftsfuhr", "inhaber", "vorstand", r"\bvd\b", "directeur general", "directrice general",
                           "algemeen directeur", r"^gerente$", "amministratore", "direttore general", "direttrice gen",
                           "director(a)? general", r"^pdg$", "verkstallande", "adm\\. dir", "partner", "chairman",
                           r"\bchief .*officer\b", r"^direct(eur|rice|or|ora)$", r"\bgeneral manager\b",
                           r"\bprincipal\b")),
    (Field.OPERATIONS, _any("operation", "operativ", "operaci", "logist", "warehous", "lager", "distribut", "fulfil",
                            "supply chain", "cadena de suministro", r"\bsite\b", "standort", "betriebsleit", "drift",
                            "magazz", "entrepot", "almacen", "exploitation", r"\bplant\b", "werk", "fleet", "fuhrpark",
                            "production", "produktion", "produccion", "produzione", r"\bdc\b", "manufactur", "facility",
                            "transport", "quality", "qualitat", "claims", "service delivery", "magasin", "bodega")),
)  # fmt: skip
_RANKS: tuple[tuple[Rank, re.Pattern[str]], ...] = (
    (Rank.TOP, _any(r"\bc[efiot]o\b", r"\bciso\b", r"\bc[dmpr]o\b", r"\bchief\b", "managing director", "founder",
                    r"\bowner\b", "geschaftsfuhr", "inhaber", "vorstand", r"\bvd\b", r"direct(eur|rice) general",
                    "algemeen directeur", r"^gerente$", "amministratore", r"director(a)? general",
                    r"direttor[ei] general",
                    r"(?<!vice )\bpresident", r"^pdg$", r"\bdaf\b", r"\bdsi\b", "finanzvorstand", "partner",
                    r"^direct(eur|rice)$")),
    (Rank.SENIOR, _any(r"\b[es]?vp\b", "vice president", "senior director", "bereichsleit")),
    (Rank.HEAD, _any(r"\bhead\b", r"\bdirect(or|ora|eur|rice)\b", r"\bdirettor", r"\bdirettrice", "leiter(in)?\\b",
                     r"\bhoofd\b", r"\bdirekt", "chef\\b", "responsab", r"\bjef[ea] de\b", "leitung", "verantwort")),
    (Rank.MANAGER, _any(r"\bmanager(in)?\b", r"\blead\b", r"\bteam", r"\bsupervisor\b", "product owner", "leader",
                        "ledare", "gestionnaire", "capo", r"\bresponsable\b", "koordinator", "beheerder")),
)  # fmt: skip
_DOERS_LEAD = _any(r"\bshift\b", "schicht", "skift", "turno", "chef d.?equipe", "teamleid", "team lead", "proje[ck]t")
_DEPARTMENTS = {
    "c-suite": Field.EXECUTIVE, "management": Field.EXECUTIVE, "executive": Field.EXECUTIVE, "finance": Field.FINANCE,
    "it": Field.IT, "engineering": Field.IT, "technology": Field.IT, "operations": Field.OPERATIONS,
    "logistics": Field.OPERATIONS, "procurement": Field.PURCHASING, "purchasing": Field.PURCHASING,
    "legal": Field.LEGAL, "sales": Field.COMMERCIAL, "marketing": Field.COMMERCIAL, "hr": Field.PEOPLE,
}  # fmt: skip
_SENIORITIES = {
    "c_level": Rank.TOP, "founder": Rank.TOP, "owner": Rank.TOP, "vp": Rank.SENIOR, "director": Rank.HEAD,
    "head": Rank.HEAD, "manager": Rank.MANAGER, "senior": Rank.STAFF, "staff": Rank.STAFF,
}  # fmt: skip


@lru_cache(maxsize=20_000)
def read_title(title: str, *, department: str = "", seniority: str = "") -> Position:
    """Field and rank of a person. The title speaks first; department and seniority where it is silent.

    >>> read_title("Leiterin IT"), read_title("DAF")
    (Position(field=<Field.IT: 'it'>, rank=<Rank.HEAD: 'head'>), Position(field=<Field.FINANCE: 'finance'>, rank=<Rank.TOP: 'top'>))
    """  # noqa: E501
    text = folded(title)
    field = next((field for field, pattern in _FIELDS if pattern.search(text)), None) if text else None
    rank = next((rank for rank, pattern in _RANKS if pattern.search(text)), None) if text else None
    if field is Field.DOING and rank is Rank.HEAD and _DOERS_LEAD.search(text):
        rank = Rank.MANAGER
    return Position(
        field=field or _DEPARTMENTS.get(department.strip().lower(), Field.UNKNOWN),
        rank=rank or _SENIORITIES.get(seniority.strip().lower(), Rank.STAFF),
    )


def folded(text: str) -> str:
    """Small letters without accents, spaces put right.

    >>> folded("Geschäftsführerin"), folded("Inköpschef")
    ('geschaftsfuhrerin', 'inkopschef')
    """
    plain = unicodedata.normalize("NFKD", text.casefold().translate(_UNFOLDABLE))
    return " ".join("".join(char for char in plain if not unicodedata.combining(char)).split())
