"""Any mail provider: mail leaves by SMTP, replies are read by IMAP, and a journal knows what a crash interrupted."""
