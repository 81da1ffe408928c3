"""A FreeSWITCH that is not there: its channels on virtual time, and an Event Socket in front of them."""
