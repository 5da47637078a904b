"""The answerer that comes with the product: no language model, only the assistant's own knowledge."""

from assistants.llm.builtin.model import NAME, BuiltinModel, verdict

__all__ = ["NAME", "BuiltinModel", "verdict"]
