"""Pages about people and keys: the team, its invitations, the access tokens."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from happ_project.companies import permissions
from happ_project.companies.dashboard import access, forms
from happ_project.companies.models import AccessToken, Company, Invitation, Membership, User
from happ_project.companies.selectors import memberships
from happ_project.companies.services import access_tokens, accounts, companies, invitations
from happ_project.core import clock


def _team_page(request: HttpRequest, form: forms.InvitationForm, *, status: int = 200) -> HttpResponse:
    company: Company = request.company  # type: ignore[attr-defined]
    assert isinstance(request.user, User)
    context = {
        "tab": "team",
        "form": form,
        "members": memberships.team(company),
        "invitations": company.invitations.filter(accepted_at__isnull=True, expires_at__gt=clock.now()),
        "is_owner": permissions.is_owner(request.membership),  # type: ignore[attr-defined]
        "is_verified": accounts.is_verified(request.user),
    }
    return render(request, "companies/team.html", context, status=status)


@access.in_company
def show_team(request: HttpRequest) -> HttpResponse:
    return _team_page(request, forms.InvitationForm())


@require_POST
@access.owner_only
def invite(request: HttpRequest) -> HttpResponse:
    form = forms.InvitationForm(request.POST)
    if form.is_valid():
        assert isinstance(request.user, User)
        try:
            sent = invitations.send(request.company, email=form.cleaned_data["email"], by=request.user)  # type: ignore[attr-defined]
        except ValidationError as error:
            forms.refuse(form, error)
        except PermissionDenied as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The invitation is on its way to %(email)s.") % {"email": sent.email})
            return redirect("companies:team")
    return _team_page(request, form, status=422)


@require_POST
@access.owner_only
def withdraw(request: HttpRequest, invitation_id: UUID) -> HttpResponse:
    try:
        invitations.withdraw(request.company, invitation_id=invitation_id)  # type: ignore[attr-defined]
    except Invitation.DoesNotExist:
        raise Http404 from None
    messages.success(request, _("The invitation does not work any more."))
    return redirect("companies:team")


@require_POST
@access.owner_only
def remove(request: HttpRequest, membership_id: UUID) -> HttpResponse:
    membership = get_object_or_404(Membership, pk=membership_id, company=request.company)  # type: ignore[attr-defined]
    return _end(request, membership, said=_("They are not in the team any more."))


@require_POST
@access.in_company
def leave(request: HttpRequest) -> HttpResponse:
    return _end(request, request.membership, said=_("You have left the company."))  # type: ignore[attr-defined]


@require_POST
@access.in_company
def set_mail(request: HttpRequest) -> HttpResponse:
    """Each member decides for themselves."""
    request.membership.set_mail_on_handoff("on" in request.POST)  # type: ignore[attr-defined]
    messages.success(request, _("Saved."))
    return redirect("companies:team")


def _end(request: HttpRequest, membership: Membership, *, said: str) -> HttpResponse:
    try:
        companies.leave(membership.company, user=membership.user)
    except ValidationError as error:
        messages.error(request, error.messages[0])
    else:
        messages.success(request, said)
    return redirect("companies:team")


@never_cache
@access.owner_only
def tokens(request: HttpRequest) -> HttpResponse:
    """The list; a new key is shown in the answer to its creation and nowhere else."""
    company: Company = request.company  # type: ignore[attr-defined]
    form = forms.AccessTokenForm(request.POST or None)
    issued = plain = None
    if request.method == "POST" and form.is_valid():
        assert isinstance(request.user, User)
        issued, plain = access_tokens.issue(company, name=form.cleaned_data["name"], by=request.user)
        form = forms.AccessTokenForm()
    rows = AccessToken.objects.filter(company=company, revoked_at__isnull=True).order_by("-created_at")
    context = {"tab": "tokens", "form": form, "tokens": rows, "issued": issued, "plain": plain}
    return render(request, "companies/access_tokens.html", context)


@require_POST
@access.owner_only
def revoke(request: HttpRequest, token_id: UUID) -> HttpResponse:
    access_tokens.revoke(get_object_or_404(AccessToken, pk=token_id, company=request.company))  # type: ignore[attr-defined]
    messages.success(request, _("The access token does not work any more."))
    return redirect("companies:tokens")
