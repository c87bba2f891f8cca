"""Addresses of the console's own pages."""

from django.urls import path
from django.views.decorators.http import require_POST

from tandem.access.guard import public
from tandem.console.web import account, jobs, pages, settings, today

urlpatterns = [
    path("", today.today_page, name="home"),
    path("accounts/<int:account_id>", account.account_page, name="account"),
    path("accounts/<int:account_id>/research", account.account_research, name="account_research"),
    path("accounts/<int:account_id>/outreach", account.account_outreach, name="account_outreach"),
    path("accounts/<int:account_id>/timeline", account.account_timeline, name="account_timeline"),
    path("accounts/<int:account_id>/why/<str:figure>", account.account_why, name="account_why"),
    path("jobs", jobs.job_list, name="jobs"),
    path("jobs/<int:job_id>", jobs.job_page, name="job"),
    path("jobs/<int:job_id>/rerun", jobs.rerun_job, name="job_rerun"),
    path("settings", settings.settings_page, name="settings"),
    path("settings/organisation", settings.edit_organisation, name="settings_organisation"),
    path("settings/matching/<slug:entity>", settings.edit_thresholds, name="settings_thresholds"),
    path("settings/rules/<slug:entity>/<slug:field>", settings.edit_rule, name="settings_rule"),
    path("search", pages.search_page, name="search"),
    path("search/suggest", pages.suggest, name="suggest"),
    path("theme", public(require_POST(pages.switch_theme)), name="theme"),
    path("profile", pages.profile, name="profile"),
    path("styleguide", pages.style_guide, name="styleguide"),
]
