"""All that imports Telethon (over 110 MB and 1.5 s), so nothing outside imports this package before it is needed."""
