"""Registers the room with Django."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """The `accounts` room."""

    name = "tandem.accounts"
    label = "accounts"
