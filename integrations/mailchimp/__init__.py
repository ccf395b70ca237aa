"""Mailchimp keeps the newsletter's readers and sends its issues; used if and only if a key is set."""
