"""What several messengers of one vendor share, by import: clients, signatures, envelopes."""
