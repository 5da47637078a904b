"""What an assistant can do besides talking."""
