"""Addresses of the mind in the REST API."""

from django.urls import path

from assistants.api import assistants, knowledge, servers, tools

app_name = "assistants-api"

urlpatterns = [
    path("assistants", assistants.Assistants.as_view()),
    path("llm-models", assistants.LlmModels.as_view()),
    path("assistants/<str:assistant_id>", assistants.OneAssistant.as_view()),
    path("assistants/<str:assistant_id>/knowledge/search", knowledge.Search.as_view()),
    path("assistants/<str:assistant_id>/copy", assistants.Copy.as_view()),
    path("assistant-knowledge", knowledge.Knowledge.as_view()),
    path("assistant-knowledge/<str:knowledge_id>", knowledge.OneKnowledge.as_view()),
    path("assistant-knowledge/<str:knowledge_id>/read-again", knowledge.ReadAgain.as_view()),
    path("assistant-tools", tools.Tools.as_view()),
    path("assistant-tools/<str:tool_id>", tools.OneTool.as_view()),
    path("assistant-mcp-servers", servers.Servers.as_view()),
    path("assistant-mcp-servers/<str:server_id>", servers.OneServer.as_view()),
    path("assistant-mcp-servers/<str:server_id>/refresh", servers.Refresh.as_view()),
]
