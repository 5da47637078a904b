"""Why a page or a file cannot be read: a closed set of reasons, each with a sentence that says what to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from happ_project.core.text import gettext_noop

SENTENCES = {
    # files
    "empty_file": gettext_noop("The file is empty. Choose one with text in it."),
    "too_large": gettext_noop("The file is larger than %(megabytes)s MB. Split it or save it smaller."),
    "unsupported": gettext_noop(
        "Files of this kind cannot be read. Use PDF, Word (.docx), Excel (.xlsx), .txt, .md or .csv."
    ),
    "wrong_extension": gettext_noop(
        "The file is called %(extension)s, but its content is %(content)s. Save it anew as %(extension)s, or rename it."
    ),
    "old_office": gettext_noop(
        "This is the old format of Word or Excel. Open it there and save it as .docx or .xlsx, then upload that."
    ),
    "encrypted": gettext_noop("The file is protected with a password. Remove the password and upload it again."),
    "broken": gettext_noop("The file is damaged and cannot be opened. Save it anew and upload it again."),
    "scanned": gettext_noop(
        "The PDF holds pictures of pages and no text. Recognise the text first (OCR), or paste it as a text."
    ),
    "no_text": gettext_noop("There is no text in it."),
    "too_many_pages": gettext_noop("It has more than %(limit)s pages. Split it into several files."),
    "too_much_text": gettext_noop("It holds more than %(limit)s characters of text. Split it into several."),
    "too_many_passages": gettext_noop("The text is too long: it makes more than %(limit)s passages. Split it."),
    "too_slow": gettext_noop("Reading it took longer than %(seconds)s seconds. Split it or save it in a simpler form."),
    "too_heavy": gettext_noop("Unpacked it is too large to be read. Split it or save it in a simpler form."),
    "file_gone": gettext_noop("The file is not stored any more. Upload it again."),
    # pages
    "bad_address": gettext_noop("This is no address of a page. It begins with https:// or http://."),
    "not_public": gettext_noop("This address is not on the public internet, and Happ goes nowhere else."),
    "page_missing": gettext_noop("There is no page at this address (the site answered %(status)s). Check the address."),
    "page_closed": gettext_noop(
        "The site does not let Happ read this page (it answered %(status)s). Paste the text instead."
    ),
    "page_failed": gettext_noop("The site could not show the page (it answered %(status)s)."),
    "no_connection": gettext_noop("There was no connection to %(host)s. Check the address."),
    "timed_out": gettext_noop("%(host)s did not answer in time."),
    "connection_broke": gettext_noop("%(host)s broke off its answer, or redirects without end."),
    "page_too_large": gettext_noop("The page is larger than %(megabytes)s MB. Paste the part that matters as a text."),
    "robots": gettext_noop(
        "The site's robots.txt asks programs not to read this page. Allow %(agent)s there, or paste the text instead."
    ),
    "robots_unknown": gettext_noop("The site's robots.txt could not be read, so it is not known whether Happ may."),
    "not_a_page": gettext_noop("The address leads to no page and no document, but to %(content)s."),
    "empty_page": gettext_noop(
        "There is no text on the page. Perhaps the browser builds it; paste the text instead then."
    ),
    # ours
    "our_fault": gettext_noop("It could not be read because of an error on our side."),
}


class Unreadable(Exception):
    """It cannot be read, and `code` of `SENTENCES` says why; `passing`: another try later may go better."""

    def __init__(self, code: str, *, passing: bool = False, **params: Any) -> None:
        super().__init__(SENTENCES[code] % params)
        self.code, self.passing, self.params = code, passing, params

    def as_json(self) -> dict[str, Any]:
        """What is stored: a page shows it in the language of whoever looks."""
        return {"code": self.code, "params": self.params}


def template(stored: Mapping[str, Any]) -> str:
    """The sentence to be translated and filled with `params`; '' for what no version of ours has stored."""
    return SENTENCES.get(stored.get("code", ""), "")
