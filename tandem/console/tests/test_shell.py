"""The frame shows each role its own places, keeps the theme, and holds the strict content policy."""

from __future__ import annotations

import json
import re

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from tandem.access.contracts import ROLE_LABELS, Role
from tandem.console.web import navigation
from tandem.console.web.context import Shell
from tandem.core.actors import Actor, ActorKind, built_in_agent

pytestmark = pytest.mark.django_db


def person(role: str) -> Actor:
    return Actor(kind=ActorKind.PERSON, id=1, name="Maya Lin Okafor", role=role)


def labels(role: str) -> list[str]:
    return [entry.label for entry in navigation.entries_for(person(role), "/")]


@pytest.fixture
def whole_house(monkeypatch):
    monkeypatch.setattr(navigation, "_is_built", lambda address: True)


def test_a_seller_sees_the_book_and_colleagues_only(whole_house):
    assert labels("seller") == [
        "Today", "Accounts", "Contacts", "Deals", "Prospecting", "Review", "Inbox", "Outreach", "Intent", "AI tasks",
        "Switches", "Compliance", "People",
    ]  # fmt: skip


def test_a_manager_sees_data_health_too(whole_house):
    assert labels("manager") == [
        "Today",
        "Accounts",
        "Contacts",
        "Deals",
        "Prospecting",
        "Review",
        "Inbox",
        "Outreach",
        "Data health",
        "Intent",
        "AI tasks",
        "Rules",
        "Switches",
        "Compliance",
        "People",
    ]


def test_revops_and_compliance_see_every_place(whole_house):
    every = [place.label for place in navigation.PLACES]
    assert labels("revops") == labels("compliance") == every


@pytest.mark.parametrize("role", [role.value for role in Role])
def test_no_role_sees_a_place_that_the_table_of_rights_closes(whole_house, role):
    shown = set(labels(role))
    for place in navigation.PLACES:
        assert (place.label in shown) is navigation.may_open(person(role), place.right)


def test_strangers_and_agents_see_no_places():
    assert navigation.entries_for(None, "/") == ()
    assert navigation.entries_for(built_in_agent("x"), "/") == []


def test_a_place_that_is_not_built_is_not_shown(monkeypatch):
    monkeypatch.setattr(navigation, "_is_built", lambda address: address == "/")
    assert labels("revops") == ["Today"]


def test_letters_and_addresses_are_given_once():
    letters = [place.letter for place in navigation.PLACES]
    addresses = [place.address for place in navigation.PLACES]
    assert len(set(letters)) == len(letters)
    assert len(set(addresses)) == len(addresses)


@pytest.mark.parametrize(
    ("path", "current"),
    [
        ("/", "Today"),
        ("/accounts", "Accounts"),
        ("/accounts/7", "Accounts"),
        ("/accountsx", None),
        ("/data/loads/3", "Data health"),
        ("/profile", None),
    ],
)
def test_the_place_one_is_in_is_marked(whole_house, path, current):
    marked = [entry.label for entry in navigation.entries_for(person("revops"), path) if entry.is_current]
    assert marked == ([current] if current else [])


def test_every_role_has_a_label_and_every_person_initials():
    assert set(ROLE_LABELS) == {role.value for role in Role}
    assert Shell(person=person("seller"), entries=()).initials == "MO"
    one_name = Actor(kind=ActorKind.PERSON, id=1, name="Cher", role="sdr")
    assert Shell(person=one_name, entries=()).initials == "C"


@pytest.mark.parametrize("address", ["/", "/search?q=kr", "/profile", "/styleguide", "/nowhere"])
def test_a_page_costs_few_queries_and_carries_the_strict_policy(
    address, company, client_of, django_assert_max_num_queries
):
    client = client_of("manager")
    with django_assert_max_num_queries(25):
        answer = client.get(address)
    policy = dict(part.strip().split(" ", 1) for part in answer["Content-Security-Policy"].split(";"))
    assert policy == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "connect-src": "'self'",
        "font-src": "'self'",
        "form-action": "'self'",
        "img-src": "'self' data:",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
        "object-src": "'none'",
    }


def test_every_file_that_a_page_names_is_served(client_of):
    client = client_of("seller")
    page = client.get("/").content.decode()
    named = re.findall(r'(?:href|src)="/static/([^"]+)"', page)
    assert len(named) >= 9
    for name in named:
        assert finders.find(name), name
        assert client.get(f"/static/{name}").status_code == 200


def test_every_module_that_a_script_imports_is_served():
    for name in ("tandem.js", *(f"parts/{part}.js" for part in ("theme", "panel", "toast", "keys", "palette", "page"))):
        text = open_static(f"console/{name}")
        folder = name.rpartition("/")[0]
        for wanted in re.findall(r'from "\./([^"]+)"|import "\./([^"]+)"', text):
            assert finders.find("/".join(filter(None, ("console", folder, *wanted)))), wanted


def open_static(name: str) -> str:
    found = finders.find(name)
    assert isinstance(found, str)
    with open(found, encoding="utf-8") as file:  # noqa: PTH123
        return file.read()


def test_the_theme_is_kept_in_a_cookie_so_that_the_first_paint_is_right(client_of):
    client = client_of("seller")
    assert b"data-theme" not in client.get("/").content[:200]
    answer = client.post("/theme", {"theme": "dark", "next": "/profile"})
    assert answer["Location"] == "/profile"
    assert b'data-theme="dark"' in client.get("/").content[:200]
    client.post("/theme", {"theme": "auto"})
    assert b"data-theme" not in client.get("/").content[:200]
    client.cookies["tandem_theme"] = '"><script>'
    assert b"data-theme" not in client.get("/").content[:200]


def test_the_theme_leads_back_to_our_own_pages_only(client_of):
    answer = client_of("seller").post("/theme", {"theme": "dark", "next": "https://evil.example/"})
    assert answer["Location"] == "/"


def test_a_stranger_may_choose_a_theme_too_but_not_by_a_link():
    assert Client().post("/theme", {"theme": "dark"}).status_code == 302
    assert Client().get("/theme?theme=dark").status_code == 405


def test_search_finds_what_is_in_sight_and_nothing_else(company, client_of):
    seller = client_of("seller").get("/search?q=kröger").content.decode()
    assert "Kröger Maschinenbau GmbH" in seller
    assert "Kröger UK Ltd" not in seller
    other = client_of("liam").get("/search?q=kröger").content.decode()
    assert "Kröger UK Ltd" in other


def test_search_for_nothing_and_for_markup_gives_a_page(client_of):
    client = client_of("seller")
    assert client.get("/search").status_code == 200
    page = client.get("/search?q=%3Cscript%3Ealert(1)%3C/script%3E").content.decode()
    assert "<script>alert" not in page
    assert "Nothing is called that" in page


def test_the_palette_offers_places_and_records_in_sight(company, client_of, whole_house):
    lines = json.loads(client_of("seller").get("/search/suggest?q=de").content)["lines"]
    assert lines[0] == {"kind": "page", "title": "Deals", "detail": "g d", "address": "/deals"}
    lines = json.loads(client_of("seller").get("/search/suggest?q=kröger mas").content)["lines"]
    kroeger = company.accounts["kroeger"]
    assert lines[0]["address"] == f"/accounts/{kroeger.id}"
    assert [line["title"] for line in json.loads(client_of("seller").get("/search/suggest").content)["lines"]] == [
        "Today", "Accounts", "Contacts", "Deals", "Prospecting", "Review", "Inbox", "Outreach", "Intent", "AI tasks",
        "Switches", "Compliance", "People",
    ]  # fmt: skip


def test_the_style_guide_really_filters_and_sorts(client_of):
    page = client_of("revops").get(
        "/styleguide?country=DE&sort=name", headers={"HX-Request": "true", "HX-Target": "list-samples"}
    )
    text = page.content.decode()
    assert text.index("Brennholt") < text.index("Rheintal")
    assert "Tardieu" not in text
    assert "<!doctype" not in text
