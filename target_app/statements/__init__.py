"""The statements of the service: written once, sent in both modes."""
