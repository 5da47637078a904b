"""The counts of a trial, as people read them."""

from __future__ import annotations

from collections.abc import Mapping

from tests.kill.trial import Result

LOST = ("lost", "not answered", "not seen", "never", "not told", "was not")


def report(result: Result) -> str:
    """Lines of text; the last one says whether everything held."""
    counts = result.counts
    kills = ", ".join(f"{name} {number}" for name, number in sorted(result.kills.items()))
    settled = "not settled" if result.settled_after is None else f"settled after {result.settled_after:.0f} s"
    lines = [
        f"kills               {sum(result.kills.values())} ({kills})",
        f"outages             {', '.join(result.outages) or 'none'}",
        f"customer messages   {counts.messages}",
        f"answers             {counts.answers}",
        f"sent by WhatsApp    {counts.sent}",
        f"unsure at times     {counts.unsure_at_times}, of those never taken {counts.unsure_left}",
        f"visitors' sockets   {counts.connections}, messages shown again by a push: {counts.pushed_again} (ignored)",
        f"events to webhook   {counts.events}",
        f"lost                {_sum(counts.problems, *LOST)}",
        f"doubled             {_sum(counts.problems, 'twice')}",
        f"afterwards          {settled}",
    ]
    for what, number in sorted(counts.problems.items()):
        lines.append(f"BROKEN  {what}: {number}, for example {counts.examples.get(what, '')}")
    lines += counts.stories
    lines.append("everything held" if result.is_clean else f"NOT everything held; seed {result.plan.seed}")
    return "\n".join(lines)


def _sum(problems: Mapping[str, int], *words: str) -> int:
    return sum(number for what, number in problems.items() if any(word in what for word in words))
