"""Turns a transcript into what the assistant wants to do: answer, hand off, or stay silent."""
