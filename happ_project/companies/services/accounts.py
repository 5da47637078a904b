"""People's accounts: signing up, whether the e-mail address is theirs, what is in their profile."""

from allauth.account.models import EmailAddress
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from happ_project.companies.models import User


def sign_up(email: str, password: str) -> User:
    """Make a user and send the verification mail. Raises `ValidationError` naming `email` or `password`."""
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError:
        raise ValidationError({"email": _("This is not an e-mail address.")}) from None
    try:
        password_validation.validate_password(password, User(email=email))
    except ValidationError as error:
        raise ValidationError({"password": error.messages}) from None
    try:
        with transaction.atomic():
            user = User.objects.create_user(email, password)
            EmailAddress.objects.create(user=user, email=email, primary=True).send_confirmation(None, signup=True)
    except IntegrityError:
        raise ValidationError({"email": _("There is an account with this address already: sign in instead.")}) from None
    return user


def is_verified(user: User) -> bool:
    """Whether the user has shown that they read mail at their address."""
    return EmailAddress.objects.filter(user=user, email=user.email, verified=True).exists()


def mark_verified(user: User) -> None:
    """The user's address is theirs, as we know from somewhere else than the verification mail."""
    EmailAddress.objects.update_or_create(user=user, email=user.email, defaults={"verified": True, "primary": True})


def change_profile(user: User, *, first_name: str, last_name: str, language: str) -> User:
    """Change what the person says of themselves; raises `ValidationError` naming the field."""
    user.first_name, user.last_name, user.language = first_name.strip(), last_name.strip(), language
    user.clean_fields(exclude=["password", "current_company"])
    user.save(update_fields=["first_name", "last_name", "language"])
    return user
