"""Addresses of the desk's pages."""

from django.urls import path

from conversations.dashboard import (
    actions,
    contact,
    copilot,
    pages,
    playground,
    reviewing,
    team_groups,
    thrown_away,
    why,
)

app_name = "conversations"

urlpatterns = [
    path("", pages.inbox, name="inbox"),
    path("list/", pages.chat_list, name="chat-list"),
    path("unread/", pages.unread, name="unread"),
    path("concerned/<uuid:integration_id>/", pages.concerned, name="concerned"),
    path("behind/<uuid:assistant_id>/", pages.behind, name="behind"),
    path("thrown-away/", thrown_away.show, name="thrown-away"),
    path("review/", reviewing.show, name="review"),
    path("review/<uuid:review_id>/close/", reviewing.close, name="review-close"),
    path("review/<uuid:review_id>/learn/", reviewing.learn, name="review-learn"),
    path("playground/<uuid:assistant_id>/", playground.show, name="playground"),
    path("playground/<uuid:assistant_id>/live/", playground.live, name="playground-live"),
    path("playground/<uuid:assistant_id>/say/", playground.say, name="playground-say"),
    path("playground/<uuid:assistant_id>/trace/", playground.trace, name="playground-trace"),
    path("playground/<uuid:assistant_id>/setup/", playground.setup, name="playground-setup"),
    path("playground/<uuid:assistant_id>/restart/", playground.restart, name="playground-restart"),
    path("<uuid:chat_id>/", pages.chat, name="chat"),
    path("<uuid:chat_id>/live/", pages.live, name="live"),
    path("<uuid:chat_id>/earlier/", pages.earlier, name="earlier"),
    path("<uuid:chat_id>/as-test/", actions.as_test, name="as-test"),
    path("<uuid:chat_id>/send/", actions.send, name="send"),
    path("<uuid:chat_id>/read/", actions.mark_read, name="read"),
    path("<uuid:chat_id>/ai/", actions.switch_ai, name="ai"),
    path("<uuid:chat_id>/assistant/", actions.assign_assistant, name="assign-assistant"),
    path("team-groups/", team_groups.show, name="team-groups"),
    path("contact-fields/", contact.fields, name="contact-fields"),
    path("<uuid:chat_id>/contact/", contact.save, name="contact"),
    path("<uuid:chat_id>/rename/", actions.rename, name="rename"),
    path("<uuid:chat_id>/delete/", actions.delete, name="delete"),
    path("<uuid:chat_id>/messages/<uuid:message_id>/repeat/", actions.repeat, name="repeat"),
    path("<uuid:chat_id>/messages/<uuid:message_id>/file/", actions.fetch_file, name="fetch-file"),
    path("<uuid:chat_id>/messages/<uuid:message_id>/why/", why.show, name="why"),
    path("<uuid:chat_id>/messages/<uuid:message_id>/review/", why.review, name="review-give"),
    path("<uuid:chat_id>/copilot/", copilot.ask, name="copilot"),
    path("<uuid:chat_id>/copilot/<int:task_id>/", copilot.look, name="copilot-look"),
]
