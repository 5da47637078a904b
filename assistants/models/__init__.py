"""The mind's rows, by what they are about."""

from assistants.models.assistants import (
    Assistant,
    AssistantTool,
    LlmModel,
    ModelSettings,
)
from assistants.models.budgets import Budget
from assistants.models.knowledge import KnowledgeChunk, KnowledgeDocument
from assistants.models.mcp import McpServer
from assistants.models.search import (
    KnowledgeEmbedding,
    KnowledgeSearch,
    KnowledgeTally,
    KnowledgeVector,
    KnowledgeWord,
)
from assistants.models.testing import AssistantTest, Publication, Rehearsal
from assistants.models.usage import UsageRecord
from assistants.models.versions import AssistantVersion

__all__ = [
    "Assistant",
    "AssistantTest",
    "AssistantTool",
    "AssistantVersion",
    "Budget",
    "KnowledgeChunk",
    "KnowledgeDocument",
    "KnowledgeEmbedding",
    "KnowledgeSearch",
    "KnowledgeTally",
    "KnowledgeVector",
    "KnowledgeWord",
    "LlmModel",
    "McpServer",
    "ModelSettings",
    "Publication",
    "Rehearsal",
    "UsageRecord",
]
