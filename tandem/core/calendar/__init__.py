"""Business calendars: when a company or a person works, by weekday, holiday and time zone. Pure.

calendar = business_calendar(working_hours={}, time_zone="Europe/Berlin", country="DE", region="BY")
calendar.add_business_time(now, minutes=30)
"""

from tandem.core.calendar.business import BusinessCalendar, business_calendar
from tandem.core.calendar.holidays import holiday_name, require_holidays, weekend_of
from tandem.core.calendar.week import DEFAULT_WEEK, Week, read_week
from tandem.core.calendar.zones import get_zone

__all__ = [
    "DEFAULT_WEEK",
    "BusinessCalendar",
    "Week",
    "business_calendar",
    "get_zone",
    "holiday_name",
    "read_week",
    "require_holidays",
    "weekend_of",
]
