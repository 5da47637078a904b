"""Pages of the company and of the person: create, switch, settings, profile, accepting an invitation."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from happ_project.companies import permissions
from happ_project.companies.dashboard import access, forms
from happ_project.companies.models import LANGUAGES, Company, Invitation, User
from happ_project.companies.services import accounts, companies, invitations


@login_required
def create(request: HttpRequest) -> HttpResponse:
    """The first step after registration, and the way to a further company."""
    language = get_language() or "en"
    initial = {"language": language if language in dict(LANGUAGES) else "en", "timezone": "Europe/Kyiv"}
    form = forms.CompanyForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        assert isinstance(request.user, User)
        companies.create(request.user, **form.cleaned_data)
        return redirect(settings.LOGIN_REDIRECT_URL)
    return render(request, "companies/create.html", {"form": form})


@require_POST
@login_required
def switch(request: HttpRequest, company_id: UUID) -> HttpResponse:
    company = get_object_or_404(Company, pk=company_id, memberships__user=request.user)
    assert isinstance(request.user, User)
    companies.choose(request.user, company)
    return redirect(settings.LOGIN_REDIRECT_URL)


@access.in_company
def show_settings(request: HttpRequest) -> HttpResponse:
    """Everybody may read the settings, the owner may change them."""
    company: Company = request.company  # type: ignore[attr-defined]
    is_owner = permissions.is_owner(request.membership)  # type: ignore[attr-defined]
    if request.method == "POST":
        permissions.require_owner(request.membership)  # type: ignore[attr-defined]
        form = forms.SettingsForm(request.POST, instance=Company.objects.get(pk=company.pk))
        if form.is_valid():
            companies.change(company, **form.cleaned_data)
            messages.success(request, _("Saved."))
            return redirect("companies:settings")
    else:
        form = forms.SettingsForm(instance=company)
    return render(request, "companies/settings.html", {"form": form, "is_owner": is_owner, "tab": "settings"})


@login_required
def profile(request: HttpRequest) -> HttpResponse:
    """What the person says of themselves, and the language they read."""
    assert isinstance(request.user, User)
    form = forms.ProfileForm(request.POST or None, instance=User.objects.get(pk=request.user.pk))
    if request.method == "POST" and form.is_valid():
        accounts.change_profile(request.user, **form.cleaned_data)
        messages.success(request, _("Saved."))
        response = redirect("companies:profile")
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME, request.user.language, max_age=365 * 24 * 3600, samesite="Lax"
        )
        return response
    return render(request, "companies/profile.html", {"form": form, "is_verified": accounts.is_verified(request.user)})


@never_cache
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Where the mail's link leads: who invites, and joining; a stranger signs up or in first and comes back."""
    try:
        found = invitations.find(token)
        if request.method == "POST" and isinstance(request.user, User):
            invitations.accept(token, user=request.user)
            return redirect(settings.LOGIN_REDIRECT_URL)
    except Invitation.DoesNotExist:
        text = _("There is no such invitation. Copy the whole link from the mail.")
        return render(request, "companies/invitation.html", {"problem": text}, status=404)
    except ValidationError as error:
        return render(request, "companies/invitation.html", {"problem": error.messages[0]}, status=410)
    return render(request, "companies/invitation.html", {"invitation": found})
