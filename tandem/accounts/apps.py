"""Registers the room with Django."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """The `accounts` room."""

    name = "tandem.accounts"
    label = "accounts"

    def ready(self) -> None:
        """Tell lower rooms what they may not look up themselves."""
        from tandem.access.queries import register_busiest
        from tandem.accounts.actions.aging import Prospects
        from tandem.accounts.actions.erasing.stores import FilesStore, TablesStore, WarehouseStore
        from tandem.accounts.actions.region_marks import MarksStore
        from tandem.accounts.queries import regions
        from tandem.accounts.queries.books import busiest_owner
        from tandem.accounts.queries.decision_subjects import SOURCE
        from tandem.accounts.queries.notices import bought_contacts
        from tandem.accounts.queries.recipient_facts import recipient_facts
        from tandem.compliance.actions.retention import register_retained
        from tandem.compliance.actions.stores import register_store
        from tandem.compliance.queries.decision_subjects import register_decision_subjects
        from tandem.compliance.queries.gate import register_recipient_facts
        from tandem.compliance.queries.notices import register_bought_contacts
        from tandem.compliance.queries.region_picture import register_region_counts
        from tandem.compliance.queries.rollup import register_rollup

        for store in (MarksStore(), FilesStore(), WarehouseStore(), TablesStore()):
            register_store(store)
        register_busiest(busiest_owner)
        register_region_counts(regions.place_counts)
        register_rollup(regions.rollup_units)
        register_recipient_facts(recipient_facts)
        register_decision_subjects("contacts", SOURCE)
        register_bought_contacts("accounts", bought_contacts)
        register_retained(Prospects())
