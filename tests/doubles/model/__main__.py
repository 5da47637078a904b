"""The model by hand: `python -m tests.doubles.model [port]` answers everything with a sentence until it is stopped."""

import sys
import threading

from tests.doubles.model import ModelServer

with ModelServer(port=int(sys.argv[1]) if len(sys.argv) > 1 else 8099) as by_hand:
    print(f"OPENAI_BASE_URL={by_hand.base_url} OPENAI_API_KEY={by_hand.api_key} OPENAI_MODEL={by_hand.models[0]}")
    threading.Event().wait()
