"""The complaints of other systems' users, reproduced: none of them can be made here.

The numbers are those of the project's collection of lessons; each test names the source in its docstring. What a
lesson asks that stands elsewhere is said here:

| Lesson | Where |
| --- | --- |
| 1–11 | `test_once_and_in_order.py` |
| 3 (the press of a button) | also `tests/api/test_messages.py`, over HTTP |
| 8 (processes really killed) | also `tests/kill` |
| 12–14, 33–43 | with each channel; `test_channels.py` lists and checks them |
| 15–32 | `test_the_bots_manners.py`, with a model's server on loopback |
| 19 (a person is asked for inside the quiet time) | what the words mean is the answerer's: `tests/assistants` |
| 25 (a tool call, not a word in the text) | also `tests/assistants/test_engine.py` |
| 23, 26, 30, 32 (each bad day of a model) | also `tests/journeys/test_bad_days.py` |
| 29, 31 | also `tests/journeys` with a model and a messenger on the wire |
"""
