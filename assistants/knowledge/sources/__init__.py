"""Where knowledge comes from: pages that are fetched and files that are uploaded, read into plain text."""
