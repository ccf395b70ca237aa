"""A stand-in for the part of Mailchimp's Marketing API 3.0 that a newsletter office calls."""
