"""Google as far as we call it: Sheets v4, the version of a Drive file, the token endpoint."""
