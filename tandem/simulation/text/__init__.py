"""The written and spoken word of the simulated company: mail, meetings and chat, as the tools export them."""

from tandem.simulation.text.mail import write_mail
from tandem.simulation.text.meetings import write_meetings

__all__ = ["write_mail", "write_meetings"]
