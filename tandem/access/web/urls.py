"""Addresses of access: sign-in, people, agents."""

from tandem.access.web import agents, people, sign_in

urlpatterns = [*sign_in.urlpatterns, *people.urlpatterns, *agents.urlpatterns]
