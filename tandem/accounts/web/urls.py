"""Addresses of accounts, contacts, deals, merge review and data health."""

from django.urls import path

from tandem.accounts.web import account_pages, contact_pages, data_pages, deal_pages, match_pages, record_pages

urlpatterns = [
    *data_pages.urlpatterns,
    *match_pages.urlpatterns,
    *record_pages.urlpatterns,
    path("accounts", account_pages.account_list, name="accounts"),
    path("accounts.csv", account_pages.account_csv, name="accounts_csv"),
    path("contacts", contact_pages.contact_list, name="contacts"),
    path("contacts.csv", contact_pages.contact_csv, name="contacts_csv"),
    path("contacts/<int:contact_id>", contact_pages.contact_page, name="contact"),
    path("contacts/<int:contact_id>/timeline", contact_pages.contact_timeline, name="contact_timeline"),
    path("deals", deal_pages.deal_list, name="deals"),
    path("deals.csv", deal_pages.deal_csv, name="deals_csv"),
    path("deals/board", deal_pages.deal_board, name="deal_board"),
    path("deals/<int:deal_id>", deal_pages.deal_page, name="deal"),
    path("deals/<int:deal_id>/timeline", deal_pages.deal_timeline, name="deal_timeline"),
    path("deals/<int:deal_id>/why/stage-days", deal_pages.why_stage_days, name="deal_why_stage_days"),
]
