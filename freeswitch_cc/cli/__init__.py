"""The command `freeswitch-cc`: arguments in, tables or JSON out. No rules and no SQL live here."""
