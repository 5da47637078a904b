"""The review list: answers with a thumb down, until somebody has seen to them."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from conversations.dashboard import why
from conversations.models import AnswerReview
from conversations.services import reviews
from happ_project.companies.dashboard.access import in_company

_PAGE = 20


@require_GET
@never_cache
@in_company
def show(request: HttpRequest) -> HttpResponse:
    """`?state=done` shows what was seen to."""
    state = reviews.State.DONE if request.GET.get("state") == "done" else reviews.State.OPEN
    page = Paginator(reviews.listed(state=state), _PAGE).get_page(request.GET.get("page"))
    rows = [
        {
            "review": review,
            "question": reviews.question_of(review.message),
            "test_url": why.test_url(review.message, review.message.chat.assistant_id),
        }
        for review in page
    ]
    context = {"rows": rows, "page": page, "state": state, "open_count": reviews.listed(state="open").count()}
    return render(request, "conversations/review.html", context)


@require_POST
@in_company
def close(request: HttpRequest, review_id: UUID) -> HttpResponse:
    """Seen to; with `open` it is taken up again."""
    review = get_object_or_404(AnswerReview, pk=review_id)
    if request.POST.get("open"):
        reviews.reopen(review)
    else:
        reviews.close(review)
    return redirect("conversations:review")


@require_POST
@in_company
def learn(request: HttpRequest, review_id: UUID) -> HttpResponse:
    """The question with the right answer goes into the assistant's knowledge."""
    review = get_object_or_404(AnswerReview.objects.select_related("message__chat__assistant"), pk=review_id)
    try:
        reviews.add_to_knowledge(
            review, question=request.POST.get("question", ""), answer=request.POST.get("answer", "")
        )
    except ValueError:
        messages.error(request, _("Write the question and the right answer."))
    else:
        messages.success(request, _("Added. The assistant knows it in a moment."))
    return redirect("conversations:review")
