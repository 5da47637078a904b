"""Addresses of the assistants' pages."""

from django.urls import path

from assistants.dashboard import finding, knowledge, mcp, model, pages, testing, tools, usage, versions

app_name = "assistants"

urlpatterns = [
    path("", pages.show_all, name="list"),
    path("new/", pages.create, name="create"),
    path("usage/", usage.show, name="usage"),
    path("usage/budget/", usage.set_budget, name="budget"),
    path("usage/notice/", usage.notice, name="budget-notice"),
    path("model/", model.show, name="model"),
    path("model/remove/", model.remove, name="model-remove"),
    path("<uuid:assistant_id>/", pages.edit, name="edit"),
    path("<uuid:assistant_id>/copy/", pages.copy, name="copy"),
    path("<uuid:assistant_id>/remove/", pages.remove, name="remove"),
    path("<uuid:assistant_id>/test/", pages.test, name="test"),
    path("<uuid:assistant_id>/knowledge/", knowledge.show, name="knowledge"),
    path("<uuid:assistant_id>/knowledge/rows/", knowledge.rows, name="knowledge-rows"),
    path("<uuid:assistant_id>/knowledge/search/", finding.ask, name="knowledge-search"),
    path("<uuid:assistant_id>/knowledge/search/<uuid:search_id>/", finding.show, name="knowledge-found"),
    path("<uuid:assistant_id>/knowledge/new/", knowledge.add, name="knowledge-add"),
    path("<uuid:assistant_id>/knowledge/<uuid:document_id>/", knowledge.edit, name="knowledge-edit"),
    path("<uuid:assistant_id>/knowledge/<uuid:document_id>/read-again/", knowledge.read_again, name="knowledge-again"),
    path("<uuid:assistant_id>/knowledge/<uuid:document_id>/remove/", knowledge.remove, name="knowledge-remove"),
    path("<uuid:assistant_id>/tools/", tools.show, name="tools"),
    path("<uuid:assistant_id>/tools/new/", tools.add, name="tool-add"),
    path("<uuid:assistant_id>/tools/<uuid:tool_id>/", tools.edit, name="tool-edit"),
    path("<uuid:assistant_id>/tools/<uuid:tool_id>/remove/", tools.remove, name="tool-remove"),
    path("<uuid:assistant_id>/tools/<uuid:tool_id>/try/", tools.try_out, name="tool-try"),
    path("<uuid:assistant_id>/mcp/new/", mcp.add, name="mcp-add"),
    path("<uuid:assistant_id>/mcp/<uuid:server_id>/", mcp.edit, name="mcp-edit"),
    path("<uuid:assistant_id>/mcp/<uuid:server_id>/refresh/", mcp.refresh, name="mcp-refresh"),
    path("<uuid:assistant_id>/mcp/<uuid:server_id>/remove/", mcp.remove, name="mcp-remove"),
    path("<uuid:assistant_id>/publish/", versions.publish, name="publish"),
    path("<uuid:assistant_id>/publish/<int:publication_id>/", versions.progress, name="publish-progress"),
    path("<uuid:assistant_id>/publish/stop/", versions.stop, name="publish-stop"),
    path("<uuid:assistant_id>/discard/", versions.discard, name="discard"),
    path("<uuid:assistant_id>/versions/", versions.show, name="versions"),
    path("<uuid:assistant_id>/versions/compare/", versions.compare, name="compare"),
    path("<uuid:assistant_id>/versions/<uuid:version_id>/restore/", versions.restore, name="restore"),
    path("<uuid:assistant_id>/tests/", testing.show, name="tests"),
    path("<uuid:assistant_id>/tests/rows/", testing.rows, name="tests-rows"),
    path("<uuid:assistant_id>/tests/run/", testing.run_all, name="tests-run"),
    path("<uuid:assistant_id>/tests/new/", testing.add, name="test-add"),
    path("<uuid:assistant_id>/tests/<uuid:test_id>/", testing.edit, name="test-edit"),
    path("<uuid:assistant_id>/tests/<uuid:test_id>/runs/", testing.history, name="test-runs"),
    path("<uuid:assistant_id>/tests/<uuid:test_id>/run/", testing.run_one, name="test-run"),
    path("<uuid:assistant_id>/tests/<uuid:test_id>/remove/", testing.remove, name="test-remove"),
]
