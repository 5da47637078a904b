"""The demo company: a tea shop with a website widget and an assistant that knows its questions and answers."""

from pathlib import Path

from django.db import transaction

from assistants.models import Assistant, KnowledgeDocument
from assistants.services import assistants, indexing, knowledge
from happ_project.companies.models import Company, User
from happ_project.companies.services import accounts, companies
from happ_project.core import jobs, tenancy
from happ_project.demo import EMAIL
from integrations.models import Integration
from integrations.services import integrations
from messengers.services import addresses

COMPANY = "Chaika Tea"
CHANNEL_TITLE = "chaika.example"

_HERE = Path(__file__).parent
_PROMPT = (
    "You are the assistant of Chaika, a tea shop in Lviv. Be warm and brief. Answer from the shop's knowledge only; "
    "if you do not know, say so and hand the chat to a colleague."
)


@transaction.atomic
def seed(password: str) -> Company:
    """Make the demo company if there is none. Idempotent; the user signs in with `EMAIL` and `password` from now on."""
    user = User.objects.filter(email=EMAIL).first() or User.objects.create_user(EMAIL, password, first_name="Demo")
    if not user.check_password(password):
        user.set_password(password)
        user.save(update_fields=["password"])
    accounts.mark_verified(user)
    known = Company.objects.filter(owner=user).first()
    if known is not None:
        return known
    company = companies.create(user, name=COMPANY)
    with tenancy.company_scope(company):
        assistant = _assistant(company)
        _widget(company, assistant)
    return company


def learn(company: Company) -> None:
    """Have its knowledge read here and now: the first visitor shall be answered from it."""
    with tenancy.company_scope(company):
        while jobs.run_lane(KnowledgeDocument, indexing.line_of(company.pk)):
            pass


def _assistant(company: Company) -> Assistant:
    assistant = assistants.create(
        company_id=company.pk,
        name="Chaika",
        first_message="Hello! Ask me about tea, delivery or payment.",
        prompt=_PROMPT,
    )
    for language, name in (("en", "Questions and answers"), ("uk", "Запитання й відповіді")):
        text = (_HERE / f"knowledge_{language}.md").read_text(encoding="utf-8")
        knowledge.add_text(assistant, name=name, content=text)
    return assistant


def _widget(company: Company, assistant: Assistant) -> None:
    address = addresses.create_hosted(
        company_id=company.pk,
        kind="widget",
        title=CHANNEL_TITLE,
        config={"title": "Chaika", "colour": "#c65f3c", "greeting": assistant.first_message},
    )
    integration = Integration.objects.get(address=address)
    integrations.assign(integration, assistant)
    integrations.switch_on(integration)
