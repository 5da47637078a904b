"""All that imports Telethon (36 MB; 130 MB and 1.5 s where its bytecode is not cached): imported when it is needed."""
