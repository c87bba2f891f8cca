"""Writes of access: rights checked, people and teams, agents and their tokens, sign-ins, the organisation."""

from tandem.access.actions.agents import (
    actor_of_token,
    create_agent,
    create_token,
    report_unused_scopes,
    revoke_agent,
    revoke_token,
)
from tandem.access.actions.checks import require, require_reason
from tandem.access.actions.organisation import update_organisation
from tandem.access.actions.people import (
    add_first_person,
    add_person,
    make_password_link,
    move_to_team,
    remove_second_step,
    set_active,
    set_role,
    upsert_person,
    upsert_team,
)
from tandem.access.actions.signing_in import note_credential_change, note_failed_sign_in, note_sign_in, note_sign_out

__all__ = [
    "actor_of_token",
    "add_first_person",
    "add_person",
    "create_agent",
    "create_token",
    "make_password_link",
    "move_to_team",
    "note_credential_change",
    "note_failed_sign_in",
    "note_sign_in",
    "note_sign_out",
    "remove_second_step",
    "report_unused_scopes",
    "require",
    "require_reason",
    "revoke_agent",
    "revoke_token",
    "set_active",
    "set_role",
    "update_organisation",
    "upsert_person",
    "upsert_team",
]
