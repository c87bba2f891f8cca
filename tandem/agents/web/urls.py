"""Addresses of agents: each web module brings its own."""

from tandem.agents.web import budgets, evals, models, prompts, runs, work

urlpatterns = [
    *runs.urlpatterns,
    *models.urlpatterns,
    *budgets.urlpatterns,
    *evals.urlpatterns,
    *prompts.urlpatterns,
    *work.urlpatterns,
]
