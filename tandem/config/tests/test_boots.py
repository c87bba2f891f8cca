"""The product starts: system checks pass and no migration is missing."""

import pytest
from django.core.management import call_command


@pytest.mark.django_db
def test_system_checks_pass_and_no_migration_is_missing() -> None:
    assert call_command("check") is None
    assert call_command("makemigrations", "--check", "--dry-run", verbosity=0) is None
