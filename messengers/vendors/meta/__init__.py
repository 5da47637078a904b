"""What Facebook Messenger and Instagram share: Meta's Graph API, its signatures, its webhooks, its errors."""
