"""`python -m tests.doubles.meta --port 9556`: try the product against the double by hand."""

from __future__ import annotations

import argparse
import threading

from tests.doubles.meta import Meta


def main() -> None:
    parser = argparse.ArgumentParser(description="Meta on loopback, for trying Happ by hand")
    parser.add_argument("--port", type=int, default=9556)
    parser.add_argument("--happ", default="http://127.0.0.1:8000", help="where Happ runs, for the webhooks")
    options = parser.parse_args()
    double = Meta(port=options.port, auto=True)
    owner = double.add_person("Olena Koval")
    for name in ("Bakery", "Coffee to go"):
        page = double.add_page(owner, name)
        account = double.add_account(name.lower().replace(" ", "."), page=page)
        double.add_customer(page, "Ivan Bondar")
        double.add_customer(account, "Ivan Bondar")
    double.start()
    print("Start Happ with these in .env:")
    for setting, value in double.settings().items():
        print(f"  {setting}={value}")
    print(f"Connect Facebook Messenger or Instagram; then pull the strings at  {double.origin}/")
    if not _wait_for_happ(double, options.happ):
        print("Happ does not answer the handshake yet; it will be asked again when a channel is switched on.")
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        double.stop()


def _wait_for_happ(double: Meta, happ: str) -> bool:
    """What the operator sets up in Meta's dashboard for the Instagram app, where no call does it."""
    url = f"{happ}/webhooks/instagram/"
    if not double.shake_hands(url, double.verify_token):
        return False
    double.subscribe("instagram", url)
    return True


if __name__ == "__main__":
    main()
