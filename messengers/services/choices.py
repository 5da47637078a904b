"""What a login offers to choose from, in the light of what is connected already."""

from collections.abc import Collection
from dataclasses import replace
from uuid import UUID

from django.utils.translation import gettext_noop as _

from happ_project.core import tenancy
from messengers import types
from messengers.models import Address


def mark_taken(step: types.Ask, *, company_id: UUID) -> types.Ask:
    """The same form; what another company has connected cannot be chosen, what is connected here says so."""
    owners = _owners({choice.address for field in step.fields for choice in field.choices if choice.address})
    return replace(
        step,
        fields=tuple(
            replace(
                field,
                choices=tuple(_marked(choice, owners.get(choice.address), company_id) for choice in field.choices),
            )
            for field in step.fields
        ),
    )


def _owners(names: Collection[tuple[str, ...]]) -> dict[tuple[str, ...], UUID]:
    """The companies of those of these addresses (kind, external id) that are connected."""
    kinds, ids = {name[0] for name in names}, {name[-1] for name in names}
    with tenancy.all_companies():
        connected = Address.objects.filter(kind__in=kinds, external_id__in=ids, deleted_at=None)
        rows = connected.values_list("kind", "external_id", "company_id") if names else ()
        return {(kind, external_id): company_id for kind, external_id, company_id in rows}


def _marked(choice: types.Choice, owner: UUID | None, company_id: UUID) -> types.Choice:
    if owner is None:
        return choice
    if owner != company_id:
        note = _("Connected to another company already. It has to be removed there first.")
        return replace(choice, enabled=False, note=note)
    return replace(choice, note=choice.note or _("Connected already; its access is renewed and the chats stay."))
