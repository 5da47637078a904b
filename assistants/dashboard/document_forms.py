"""The forms of what an assistant knows: a text, a page, a file. They only read; services save."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from assistants.knowledge import direct
from assistants.knowledge.sources import formats
from assistants.models import KnowledgeDocument

LONGEST_TEXT = 500_000
_HOURS = (1, 6, 12)
_DAYS = (1, 3, 7, 30)


class DocumentForm(forms.ModelForm):
    """What all kinds have in common; `how` are the fields that a page may fold away."""

    how: ClassVar = ("is_vector", "chunking_strategy", "item_delimiter")
    is_vector = forms.TypedChoiceField(
        label=_("How it is used"),
        coerce=lambda value: value == "True",
        choices=[
            (True, _("Searched: the passages that fit a question are told to the model")),
            (False, _("Told whole: the model gets all of it with every question")),
        ],
        help_text=format_lazy(
            _("Told whole are {budget} tokens in all (of four letters, two if Ukrainian); the rest is searched."),
            budget=direct.BUDGET,
        ),
    )
    chunking_strategy = forms.ChoiceField(
        label=_("How it is cut"),
        choices=[
            (KnowledgeDocument.Chunking.TOKENS, _("By headings, questions and length")),
            (KnowledgeDocument.Chunking.ITEMS, _("Into items, one passage each")),
        ],
        help_text=_("Rows of a table are items in any case."),
    )
    item_delimiter = forms.CharField(
        label=_("What stands between items"),
        required=False,
        max_length=20,
        strip=False,
        help_text=_("Such as --- or \\n for a new line. Empty: an empty line."),
    )

    class Meta:
        model = KnowledgeDocument
        fields = ("name", "is_vector", "chunking_strategy", "item_delimiter")
        labels = {"name": _("Name")}
        help_texts = {"name": _("Such as “Delivery and payment”.")}

    def own(self) -> list[forms.BoundField]:
        """What is seen at once."""
        return [field for field in self if field.name not in self.how]

    def cut(self) -> list[forms.BoundField]:
        """How it is used and cut."""
        return [self[name] for name in self.how]


class TextForm(DocumentForm):
    """A text to answer from."""

    content = forms.CharField(
        label=_("Text"),
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 18}),
        help_text=_("Questions with their answers work best, with an empty line between them. Headings help."),
    )

    class Meta(DocumentForm.Meta):
        fields = ("name", "content", *DocumentForm.how)  # type: ignore[assignment]

    def clean_content(self) -> str:
        """Browsers send other line ends than they were given; a text is changed when its words are."""
        return str(self.cleaned_data["content"]).replace("\r\n", "\n")


class PageForm(DocumentForm):
    """A page of the web, read now and perhaps from time to time."""

    url = forms.CharField(
        label=_("Address of the page"),
        max_length=1000,
        widget=forms.URLInput(attrs={"placeholder": "https://"}),
        help_text=_("One public page. Its text is read without menus and footers, as the site's robots.txt allows."),
    )
    recrawl_hours = forms.TypedChoiceField(label=_("Read it again"), coerce=int, choices=())

    class Meta(DocumentForm.Meta):
        fields = ("url", "name", "recrawl_hours", *DocumentForm.how)  # type: ignore[assignment]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].required = False
        offered = dict.fromkeys([*_HOURS, *(24 * days for days in _DAYS), self.instance.recrawl_hours])
        hours = [(0, _("Only when I ask for it")), *((each, _every(each)) for each in offered if each)]
        self.fields["recrawl_hours"].choices = hours  # type: ignore[attr-defined]


def _every(hours: int) -> Any:
    if hours % 24 == 0:
        days = hours // 24
        return _("Every day") if days == 1 else ngettext("Every %d day", "Every %d days", days) % days
    return _("Every hour") if hours == 1 else ngettext("Every %d hour", "Every %d hours", hours) % hours


class FileForm(DocumentForm):
    """A document from somebody's disk; another one may take its place later."""

    upload = forms.FileField(
        label=_("File"),
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ",".join(formats.EXTENSIONS)}),
        help_text=_("PDF or Word up to 50 MB; Excel, CSV, .txt or .md up to 10 MB."),
    )

    class Meta(DocumentForm.Meta):
        fields = ("name", *DocumentForm.how)

    field_order = ("upload", "name")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].required = False
        if self.instance.pk:
            self.fields["upload"].required = False
            self.fields["upload"].label = _("Another file in its place")


BY_KIND: dict[str, type[DocumentForm]] = {
    KnowledgeDocument.Kind.TEXT: TextForm,
    KnowledgeDocument.Kind.URL: PageForm,
    KnowledgeDocument.Kind.FILE: FileForm,
}
