"""The one command that runs Happ: embedded servers, migrations and every process; plain Python without Django."""
