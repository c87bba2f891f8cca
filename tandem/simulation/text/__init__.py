"""The written and spoken word of the simulated company: mail, meetings and chat, as the tools export them."""

from tandem.simulation.text.mail import write_mail
from tandem.simulation.text.meetings import write_meetings
from tandem.simulation.text.slack import write_slack

__all__ = ["write_mail", "write_meetings", "write_slack"]
