"""Human resources: employees with start and end, quotas as agreed, and the compensation plan."""

from __future__ import annotations

import datetime as dt

from tandem.simulation.outputs import write_csv
from tandem.simulation.staff import QUARTERLY_QUOTA, Member
from tandem.simulation.times import quarter_end
from tandem.simulation.world import World
from tandem.simulation.writers.salesforce.calls import quarters_of, quota_of

FOLDER = "hr"
EMPLOYEE = (
    "Employee ID", "First Name", "Last Name", "Work Email", "Job Title", "Department", "Team", "Region", "Country", "Manager ID",
    "Manager Email", "Start Date", "End Date", "Status", "Employment Type",
)  # fmt: skip
QUOTA = ("Employee ID", "Work Email", "Period Start", "Period End", "Quota", "Currency", "Ramp Percent")
PLAN = (
    "Plan", "Role", "Segment", "Valid From", "Base Salary", "Target Variable", "Currency", "Annual Quota", "Commission Rate",
    "Accelerator From", "Accelerator Rate", "Cap", "Renewal Rate", "New Logo Bonus",
)  # fmt: skip
DEPARTMENTS = {"executive": "Executive", "compliance": "Legal", "revops": "Revenue Operations"}
PAY = {"enterprise": (92_000, 88_000), "mid-market": (74_000, 62_000), "commercial": (56_000, 40_000)}
CURRENCY = "EUR"


def write_hr(world: World) -> None:
    """Three small files."""
    numbers = {member.index: f"E{1000 + place * 7}" for place, member in enumerate(world.staff)}
    folder, summary = world.out / FOLDER, world.summary
    write_csv(
        folder / "employees.csv",
        EMPLOYEE,
        (_employee(member, numbers) for member in world.staff),
        summary,
        quoted=False,
    )
    write_csv(folder / "quotas.csv", QUOTA, _quotas(world, numbers), summary, quoted=False)
    write_csv(folder / "plan.csv", PLAN, _plans(world), summary, quoted=False)


def _employee(member: Member, numbers: dict[int, str]) -> tuple[object, ...]:
    manager = member.manager
    return (
        numbers[member.index], member.first, member.last, member.email, member.title, DEPARTMENTS.get(member.role, "Sales"), member.team,
        member.region, member.place.code, numbers[manager.index] if manager else "", manager.email if manager else "", member.started,
        member.ended, "Left" if member.ended else "Active", "Full time",
    )  # fmt: skip


def _quotas(world: World, numbers: dict[int, str]) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    for quarter in quarters_of(world):
        for seller in world.sellers:
            if amount := quota_of(seller, quarter):
                share = round(100 * amount / seller.quota)
                last = quarter_end(quarter)
                rows.append(
                    (numbers[seller.index], seller.email, quarter, last, f"{amount:.0f}", CURRENCY, min(100, share))
                )
    return rows


def _plans(world: World) -> list[tuple[object, ...]]:
    """One plan a segment and year, and the manager's."""
    rows: list[tuple[object, ...]] = []
    for year in range(world.config.start.year, world.config.end.year + 1):
        first = dt.date(year, 1, 1)
        for segment, (base, variable) in PAY.items():
            annual = QUARTERLY_QUOTA[segment] * 4
            rate = round(variable / annual, 4)
            rows.append((
                f"{segment.capitalize()} AE {year}", "Account Executive", segment, first, base, variable, CURRENCY, annual, rate, "1.00",
                round(rate * 1.6, 4), "2.50", round(rate * 0.3, 4), 1500 if segment != "enterprise" else 0,
            ))  # fmt: skip
        rows.append((
            f"Sales Manager {year}", "Sales Manager", "", first, 105_000, 65_000, CURRENCY, "", "", "1.00", "", "2.00", "", 0,
        ))  # fmt: skip
    return rows
