"""freeswitch-cc: a contact-center engine on FreeSWITCH. Importing the package changes nothing."""

__version__ = "0.1.0"
