"""Addresses of agents: each web module brings its own."""

from tandem.agents.web import budgets, models, runs

urlpatterns = [
    *runs.urlpatterns,
    *models.urlpatterns,
    *budgets.urlpatterns,
]
