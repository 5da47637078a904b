"""Where the product listens, and what is said when it cannot."""

import pytest

from happ_project.supervisor import listening
from happ_project.supervisor.problems import Problem


@pytest.mark.parametrize(
    ("bind", "reached"), [("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "127.0.0.1"), ("127.0.0.2", "127.0.0.2")]
)
def test_it_is_reached_from_this_machine_wherever_it_listens(bind: str, reached: str) -> None:
    with listening.at(listening.host({"HAPP_BIND": bind}), 0) as opened:
        port = opened.getsockname()[1]
        assert listening.reached_at(opened) == (reached, port)
        assert listening.url(opened) == f"http://{reached}:{port}"


def test_by_default_only_this_machine_reaches_it() -> None:
    assert listening.host({}) == "127.0.0.1"


def test_a_port_in_use_is_told_with_another_one() -> None:
    with listening.at("127.0.0.1", 0) as opened, pytest.raises(Problem, match=r"in use.*PORT=\d+ make run"):
        listening.at("127.0.0.1", opened.getsockname()[1])


@pytest.mark.parametrize(
    ("bind", "said"), [("happ.example", "HAPP_BIND is"), ("192.0.2.1", "Cannot listen at 192.0.2.1")]
)
def test_an_address_of_another_machine_is_refused_in_a_sentence(bind: str, said: str) -> None:
    with pytest.raises(Problem, match=said):
        listening.at(listening.host({"HAPP_BIND": bind}), 0)
