"""Registers the room with Django."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """The `accounts` room."""

    name = "tandem.accounts"
    label = "accounts"

    def ready(self) -> None:
        """Tell access whose book is largest; it may not look at deals itself."""
        from tandem.access.queries import register_busiest
        from tandem.accounts.queries.books import busiest_owner

        register_busiest(busiest_owner)
