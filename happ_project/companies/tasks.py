"""Reception's daily chore."""

from datetime import timedelta
from importlib import import_module

from celery import shared_task
from django.conf import settings
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken

from happ_project.companies.models import Invitation
from happ_project.core import clock

_INVITATIONS_KEPT = timedelta(days=30)


@shared_task(name="companies.forget_expired", ignore_result=True)
def forget_expired() -> None:
    """Delete sign-ins that are over, of browsers and of programs, and invitations that nobody took."""
    now = clock.now()
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
    OutstandingToken.objects.filter(expires_at__lt=now).delete()
    Invitation.objects.filter(accepted_at=None, expires_at__lt=now - _INVITATIONS_KEPT).delete()
