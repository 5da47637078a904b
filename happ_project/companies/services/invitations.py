"""Invitations by e-mail: the link carries a token that is stored as a digest only."""

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from happ_project.companies.models import Company, Invitation, Membership, User
from happ_project.companies.services import accounts, companies, mails
from happ_project.core import allowance, clock, crypto, ids, ratelimit
from happ_project.core.letters import Letter

VALID_FOR = timedelta(days=7)
MOST_AN_HOUR = 50


def send(company: Company, *, email: str, by: User) -> Invitation:
    """Invite the address; an earlier invitation of it that is still open stops working.

    Raises `PermissionDenied` while the inviter's own address is unverified or when the company invites too many,
    `ValidationError` for a bad address, `allowance.Full` where too many are open.
    """
    if not accounts.is_verified(by):
        raise PermissionDenied(
            _("Confirm your own e-mail address first: open the link in the mail we sent you, then invite people.")
        )
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError:
        raise ValidationError({"email": _("This is not an e-mail address.")}) from None
    if Membership.objects.filter(company=company, user__email=email).exists():
        raise ValidationError({"email": _("This person is in the team already.")})
    if not ratelimit.allow(f"invitations:{company.pk}", limit=MOST_AN_HOUR, seconds=3600):
        raise PermissionDenied(_("So many invitations at once look like spam. Please wait an hour."))
    token = ids.new_token()
    with transaction.atomic():
        Invitation.objects.filter(company=company, email=email, accepted_at__isnull=True).delete()
        allowance.check("invitations", Invitation.objects.filter(company=company, accepted_at=None))
        invitation = Invitation.objects.create(
            company=company,
            email=email,
            token_digest=crypto.digest(token),
            invited_by=by,
            expires_at=clock.now() + VALID_FOR,
        )
        _mail(invitation, token)
    return invitation


def _mail(invitation: Invitation, token: str) -> None:
    company = invitation.company
    with translation.override(company.language):
        names = {"company": company.name, "by": invitation.invited_by.name if invitation.invited_by else ""}
        letter = Letter(
            subject=_("Invitation to %(company)s on Happ") % names,
            lines=(
                _("%(by)s invites you to %(company)s on Happ.") % names,
                _("Open this link to join. It works for %(days)d days, once:") % {"days": VALID_FOR.days},
            ),
            link=settings.PUBLIC_URL + reverse("companies:invitation", args=[token]),
            label=_("Join %(company)s") % names,
            closing=_("If you do not know what this is about, ignore this mail."),
        )
        mails.write(letter, to=invitation.email, company=company)


def find(token: str) -> Invitation:
    """The open invitation with this token. Raises `Invitation.DoesNotExist`, `ValidationError` if it is over."""
    invitation = Invitation.objects.select_related("company").get(token_digest=crypto.digest(token))
    _check_open(invitation)
    return invitation


def _check_open(invitation: Invitation) -> None:
    if invitation.accepted_at is not None:
        raise ValidationError({"token": _("This invitation has been used. Sign in to open the company.")})
    if invitation.expires_at <= clock.now():
        raise ValidationError({"token": _("This invitation has expired. Ask for a new one.")})
    if not invitation.company.is_open:
        raise ValidationError({"token": _("This company is closed at the moment.")})


@transaction.atomic
def accept(token: str, *, user: User) -> Membership:
    """Join the company that invited. Raises `Invitation.DoesNotExist`, `ValidationError` if it is used or expired.

    The token came by mail, so whoever shows it reads that mailbox: the address counts as verified if it is theirs.
    """
    invitation = (
        Invitation.objects.select_for_update(of=("self",))
        .select_related("company")
        .get(token_digest=crypto.digest(token))
    )
    _check_open(invitation)
    invitation.accepted_at = clock.now()
    invitation.save(update_fields=["accepted_at"])
    if user.email == invitation.email:
        accounts.mark_verified(user)
    return companies.join(user, invitation.company)


def withdraw(company: Company, *, invitation_id: UUID) -> None:
    """Make an open invitation useless; raises `Invitation.DoesNotExist`."""
    Invitation.objects.get(pk=invitation_id, company=company, accepted_at__isnull=True).delete()
