"""What a mail of ours looks like: a few lines, perhaps a link, as text and as HTML from the same words."""

from dataclasses import dataclass

from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils.translation import get_language

_LONGEST_SUBJECT = 200


@dataclass(frozen=True, kw_only=True)
class Letter:
    """`link` is what the reader is to open, `label` what that does; `closing` is said below, smaller."""

    subject: str
    lines: tuple[str, ...]
    link: str = ""
    label: str = ""
    closing: str = ""

    @property
    def title(self) -> str:
        """The subject on one line, whatever names are in it."""
        return " ".join(self.subject.split())[:_LONGEST_SUBJECT]

    def text(self) -> str:
        return "\n\n".join(part for part in (*self.lines, self.link, self.closing) if part)

    def html(self) -> str:
        """In the active language; everything in it is escaped."""
        return render_to_string("mail/letter.html", {"letter": self, "language": get_language()})


def send(letter: Letter, *, to: str) -> None:
    """Send it now, in the reader's language; for the work of a job. Raises what SMTP raises."""
    message(to=to, subject=letter.title, text=letter.text(), html=letter.html()).send()


def message(*, to: str, subject: str, text: str, html: str = "") -> EmailMultiAlternatives:
    """A mail to one person, ready to be sent; programs that answer mails are asked not to."""
    made = EmailMultiAlternatives(subject, text, to=[to], headers={"Auto-Submitted": "auto-generated"})
    if html:
        made.attach_alternative(html, "text/html")
    return made
