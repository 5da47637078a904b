"""Addresses of the desk in the REST API."""

from django.urls import path

from conversations.api import chats, messages

app_name = "conversations-api"

urlpatterns = [
    path("chats", chats.Chats.as_view()),
    path("chats/<str:chat_id>", chats.OneChat.as_view()),
    path("chats/<str:chat_id>/ai-control", chats.AiControl.as_view()),
    path("chats/<str:chat_id>/assign-assistant", chats.AssignAssistant.as_view()),
    path("chats/<str:chat_id>/unassign-assistant", chats.UnassignAssistant.as_view()),
    path("chats/<str:chat_id>/messages", messages.MessagesOfChat.as_view()),
    path("messages", messages.Messages.as_view()),
    path("messages/last", messages.LastMessages.as_view()),
    path("messages/<str:message_id>", messages.OneMessage.as_view()),
]
