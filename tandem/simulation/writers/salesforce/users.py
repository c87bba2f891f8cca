"""Users and products."""

from __future__ import annotations

import datetime as dt

from tandem.simulation.lexicon import load
from tandem.simulation.outputs import write_csv
from tandem.simulation.times import stamp
from tandem.simulation.world import World
from tandem.simulation.writers.salesforce.records import ALL_TIMES, FOLDER, moment_on, yes

USER = (
    "Id", "Username", "FirstName", "LastName", "Name", "Email", "Title", "Department", "Division", "CountryCode",
    "IsActive", "ManagerId", "UserRoleId", "TimeZoneSidKey", "UserType", *ALL_TIMES,
)  # fmt: skip
PRODUCT = (
    "Id", "IsDeleted", "Name", "ProductCode", "Family", "IsActive", "ListPrice__c", "CurrencyIsoCode", "Description",
    *ALL_TIMES,
)  # fmt: skip
SYSTEM_USER = "Integration User"


def write_users(world: World) -> None:
    """Everybody of the own company, and the user that automation runs under."""
    dice = world.dice("users")
    roles: dict[str, str] = {}
    for member in world.staff:
        world.user_ids[member.index] = world.ids.new("User")
    rows: list[tuple[object, ...]] = []
    for member in world.staff:
        role = roles.setdefault(f"{member.role} {member.team}", "") or world.ids.new("UserRole")
        roles[f"{member.role} {member.team}"] = role
        made = stamp(moment_on(dice, member.started))
        changed = stamp(moment_on(dice, member.ended or max(member.started, world.config.end - dt.timedelta(days=dice.between(1, 90)))))  # fmt: skip
        rows.append((
            world.user_ids[member.index], member.email, member.first, member.last, member.name, member.email, member.title,
            member.team, member.region, member.place.code, yes(member.ended is None),
            world.user_ids[member.manager.index] if member.manager else "", role, member.place.zone, "Standard", made, changed, changed,
        ))  # fmt: skip
    rows.append(_system_user(world))
    write_csv(world.out / FOLDER / "User.csv", USER, rows, world.summary)


def _system_user(world: World) -> tuple[object, ...]:
    own = load("own")["company"]
    key = world.ids.new("User")
    world.truth.add("planted", "salesforce/User.csv", key, "automated user")
    made = stamp(moment_on(world.dice("system user"), world.config.origin - dt.timedelta(days=900)))
    mail = f"integration@{own['domain']}"
    return (
        key, mail, "", SYSTEM_USER, SYSTEM_USER, mail, "", "", "", "", "true", "", "", "UTC", "AutomatedProcess", made, made, made,
    )  # fmt: skip


def write_products(world: World) -> list[str]:
    """The catalogue; returns product ids in catalogue order."""
    dice = world.dice("products")
    made = stamp(moment_on(dice, world.config.origin - dt.timedelta(days=800)))
    ids, rows = [], []
    for product in load("own")["products"]:
        key = world.ids.new("Product2")
        ids.append(key)
        rows.append((
            key, "false", product["name"], product["code"], product["family"], "true", product["price"], "EUR",
            product["short"].capitalize(), made, made, made,
        ))  # fmt: skip
    write_csv(world.out / FOLDER / "Product2.csv", PRODUCT, rows, world.summary)
    return ids
