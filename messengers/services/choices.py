"""What a login offers to choose from, in the light of what is connected already."""

from dataclasses import replace
from uuid import UUID

from django.utils.translation import gettext_noop as _

from happ_project.core import tenancy
from messengers import types
from messengers.models import Address


def mark_taken(step: types.Ask, *, company_id: UUID) -> types.Ask:
    """The same form; what another company has connected cannot be chosen, what is connected here says so."""
    return replace(
        step,
        fields=tuple(
            replace(field, choices=tuple(_marked(choice, company_id) for choice in field.choices))
            for field in step.fields
        ),
    )


def _marked(choice: types.Choice, company_id: UUID) -> types.Choice:
    if len(choice.address) != 2:
        return choice
    kind, external_id = choice.address
    with tenancy.all_companies():
        owner = Address.objects.filter(kind=kind, external_id=external_id, deleted_at=None).values_list("company_id")
        known = owner.first()
    if known is None:
        return choice
    if known[0] != company_id:
        note = _("Connected to another company already. It has to be removed there first.")
        return replace(choice, enabled=False, note=note)
    return replace(choice, note=choice.note or _("Connected already; its access is renewed and the chats stay."))
