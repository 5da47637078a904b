"""What an assistant knows: cut into passages, found again by words, letters and meaning."""
