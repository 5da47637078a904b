"""`python -m tests.doubles.wasender --port 9555`: try the product against the double by hand."""

from __future__ import annotations

import argparse
import threading

from tests.doubles.wasender import WaSender


def main() -> None:
    parser = argparse.ArgumentParser(description="WaSender on loopback, for trying Happ by hand")
    parser.add_argument("--port", type=int, default=9555)
    parser.add_argument("--token", default="1|try-me", help="the personal access token to accept")
    options = parser.parse_args()
    double = WaSender(port=options.port, auto=True)
    token = double.add_token(options.token)
    double.start()
    print(f"Start Happ with  WASENDER_BASE_URL={double.base_url}")
    print(f"Connect WhatsApp with the token  {token}")
    print(f"Pull the strings at  {double.origin}/")
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        double.stop()


if __name__ == "__main__":
    main()
