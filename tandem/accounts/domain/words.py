"""Word tables behind `normalise`: small, hand-kept, data only."""

from __future__ import annotations

import re

TRANSLITERATION: dict[str, str] = {
    "ß": "ss", "ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "ħ": "h",
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ё": "e", "ж": "zh", "з": "z", "и": "i", "й": "y",
    "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f",
    "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "", "ы": "y", "ь": "", "э": "e", "ю": "yu",
    "я": "ya", "і": "i", "ї": "yi", "є": "ye", "ґ": "g",
    "α": "a", "β": "v", "γ": "g", "δ": "d", "ε": "e", "ζ": "z", "η": "i", "θ": "th", "ι": "i", "κ": "k", "λ": "l",
    "μ": "m", "ν": "n", "ξ": "x", "ο": "o", "π": "p", "ρ": "r", "σ": "s", "ς": "s", "τ": "t", "υ": "y", "φ": "f",
    "χ": "ch", "ψ": "ps", "ω": "o",
}  # fmt: skip

# Forms cleanco's table lacks, and short words it strips that are more often part of a name.
MORE_LEGAL_FORMS: frozenset[tuple[str, ...]] = frozenset(
    {("pty", "ltd"), ("pvt", "ltd"), ("co", "ltd"), ("ug", "haftungsbeschrankt"), ("mbh",), ("kgaa",), ("se",),
     ("incorporated",), ("corporation",), ("limited",), ("company",), ("plc",), ("llp",), ("srl",), ("sarl",),
     ("sas",), ("sasu",), ("ab",), ("oy",), ("oyj",), ("as",), ("asa",), ("aps",), ("bv",), ("nv",), ("sa",),
     ("spa",), ("ev",), ("kk",), ("sdn", "bhd"), ("sl",), ("slu",), ("ltda",), ("sp", "z", "o", "o")}
)  # fmt: skip
NOT_LEGAL_FORMS: frozenset[tuple[str, ...]] = frozenset(
    {("a",), ("vat",), ("trust",), ("partners",), ("group",), ("and", "company")}
)
LEADING_LEGAL_FORMS: frozenset[tuple[str, ...]] = frozenset({("pt",), ("ooo",), ("oao",), ("zao",), ("pao",), ("tov",)})
COMPANY_ABBREVIATIONS: dict[str, str] = {
    "intl": "international", "int": "international", "mfg": "manufacturing", "mgmt": "management",
    "svcs": "services", "svc": "services", "service": "services", "sys": "systems", "system": "systems",
    "tech": "technologies", "technology": "technologies", "techs": "technologies", "grp": "group", "bros": "brothers",
    "assoc": "associates", "assocs": "associates", "natl": "national", "dept": "department", "univ": "university",
    "hldgs": "holdings", "hldg": "holdings", "holding": "holdings", "inds": "industries", "ind": "industries",
    "industry": "industries", "soln": "solutions", "solns": "solutions", "solution": "solutions", "ctr": "center",
    "centre": "center", "pharma": "pharmaceuticals", "pharmaceutical": "pharmaceuticals", "eng": "engineering",
    "comm": "communications", "comms": "communications", "lab": "labs", "laboratories": "labs", "und": "and",
    "et": "and", "ent": "enterprises", "enterprise": "enterprises", "logistic": "logistics", "n": "and", "st": "saint",
}  # fmt: skip
STREET_ABBREVIATIONS: dict[str, str] = {
    "st": "street", "str": "street", "strasse": "street", "rd": "road", "ave": "avenue", "av": "avenue",
    "blvd": "boulevard", "dr": "drive", "ln": "lane", "ct": "court", "pl": "place",
    "cres": "crescent", "cct": "circuit",
    "hwy": "highway", "pkwy": "parkway", "sq": "square", "ste": "suite", "apt": "apartment", "fl": "floor",
    "n": "north", "s": "south", "e": "east", "w": "west", "between": "", "off": "", "at": "", "near": "",
}  # fmt: skip

_FREE_MAIL = """
gmail googlemail yahoo ymail rocketmail hotmail outlook live msn aol icloud protonmail proton gmx yandex qq 163 126
zoho fastmail tutanota hushmail t-online freenet laposte libero virgilio tiscali sbcglobal bellsouth btinternet ntlworld
bluewin seznam onet rediffmail mailinator linkedin facebook twitter instagram
"""
_FREE_MAIL_WHOLE = """
me.com mac.com mail.com pm.me att.net cox.net free.fr sfr.fr orange.fr wanadoo.fr sky.com bigpond.com home.pl o2.pl
wp.pl interia.pl mail.ru list.ru bk.ru web.de arcor.de hey.com duck.com inbox.com naver.com daum.net sina.com verizon.net
comcast.net example.com
"""
_TITLES = """
mr mrs ms miss mx dr prof professor sir dame lord lady herr frau hr fr dipl-ing ing mag mba phd md jr sr ii iii iv esq
cpa pmp rev hon mme mlle monsieur madame sra srta don dona
"""
FREE_MAIL_LABELS: frozenset[str] = frozenset(_FREE_MAIL.split())
FREE_MAIL_DOMAINS: frozenset[str] = frozenset(_FREE_MAIL_WHOLE.split())
NAME_TITLES: frozenset[str] = frozenset(_TITLES.split())

_NICKNAME_LINES = """
alexander alex al sandy sasha xander lex
alexandra alex sandra lexi
andrew andy drew
anthony tony
barbara barb babs
benjamin ben benny benji
bradley brad
catherine cathy cat kate katie kathy kitty
charles charlie chuck chas
christina chris chrissy tina christine
christopher chris topher kit
daniel dan danny
david dave davey
deborah deb debbie
donald don donnie
dorothy dot dottie
edward ed eddie ted teddy ned
elizabeth liz lizzie beth betty eliza lisa betsy libby
eugene gene
florence flo
francis frank fran
frederick fred freddie
gabriel gabe
gerald gerry jerry
gregory greg
harold harry hal
henry hank harry
jacob jake
jacqueline jackie
james jim jimmy jamie
jeffrey jeff geoff geoffrey
jennifer jen jenny
jessica jess jessie
john jack johnny jon
jonathan jon
joseph joe joey
joshua josh
judith judy
katherine kate katie kathy kathryn
kenneth ken kenny
kimberly kim
lawrence larry laurence
leonard len lenny leo
louis lou
margaret maggie meg peggy marge
matthew matt matty
michael mike mick mickey
nathaniel nathan nate nat
nicholas nick nicky
nicole nikki
oliver ollie
pamela pam
patricia pat patty trish tricia
patrick pat paddy
peter pete
philip phil phillip
raymond ray
rebecca becky becca
richard rick dick rich ricky richie
robert bob rob bobby robbie bert
ronald ron ronnie
russell russ
samantha sam sammy
samuel sam sammy
sarah sally sara
stephen steve stevie steven
stephanie steph
susan sue susie suzanne
terence terry
theodore theo ted teddy
theresa terry tess teresa
thomas tom tommy
timothy tim timmy
valerie val
victoria vicky tori
vincent vince vinny
walter walt wally
william bill will billy willie liam
zachary zach zack
johannes hans johann
sebastian basti seb
maximilian max
katharina kathi katrin
francisco paco pancho
jose pepe
"""


def _nicknames() -> dict[str, str]:
    """Nickname to the name it most often stands for: the first line that lists it wins."""
    table: dict[str, str] = {}
    for line in _NICKNAME_LINES.split("\n"):
        names = line.split()
        for name in names[1:]:
            table.setdefault(name, names[0])
    full_names = {line.split()[0] for line in _NICKNAME_LINES.split("\n") if line}
    return {nickname: name for nickname, name in table.items() if nickname not in full_names}


NICKNAMES: dict[str, str] = _nicknames()

SENIORITY: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (word, re.compile(rf"\b(?:{pattern})\b"))
    for word, pattern in (
        ("founder", "founder|cofounder|owner|inhaber"),
        (
            "c_level",
            r"chief|ceo|cfo|cto|coo|cio|cmo|cro|ciso|cpo|cdo|president|geschaftsfuhrer|vorstand|managing director",
        ),
        ("vp", r"vp|svp|evp|avp|vice president"),
        ("head", r"head|leiter|leiterin|global head|responsable"),
        ("director", r"director|direktor|directeur|directrice"),
        ("manager", r"manager|mgr|lead|supervisor|teamleiter"),
        ("senior", r"senior|sr|principal|staff"),
        ("junior", r"junior|jr|intern|trainee|assistant|werkstudent|apprentice"),
    )
)
DEPARTMENTS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (word, re.compile(rf"\b(?:{pattern})\b"))
    for word, pattern in (
        ("security", r"security|ciso|infosec"),
        ("sales", r"sales|vertrieb|account executive|business development|revenue|cro|sdr|bdr|commercial"),
        ("marketing", r"marketing|cmo|brand|growth|demand|content"),
        ("finance", r"finance|financial|cfo|controller|accounting|treasurer|treasury|buchhaltung"),
        ("people", r"hr|human resources|people|talent|recruiting|recruiter|personal"),
        ("procurement", r"procurement|purchasing|einkauf|sourcing|buyer"),
        ("legal", r"legal|counsel|compliance|attorney"),
        ("customer", r"customer success|customer support|support|customer service"),
        ("product", r"product|cpo|ux|design|designer"),
        ("data", r"data|analytics|bi|machine learning"),
        (
            "engineering",
            r"engineering|engineer|developer|software|cto|devops|architect|entwicklung|technical|technology",
        ),
        ("it", r"it|cio|information technology|systems|infrastructure|network|administrator"),
        ("operations", r"operations|ops|coo|supply chain|logistics|manufacturing|plant|production|quality"),
        ("management", r"ceo|president|general manager|managing director|founder|owner|geschaftsfuhrer"),
    )
)
