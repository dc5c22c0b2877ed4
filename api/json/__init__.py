"""The JSON API under ``/api/v1``: what people read and submit on the pages, for programs."""
