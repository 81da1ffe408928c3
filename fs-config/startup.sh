#!/bin/sh
# What the switch asks of the shell while it reads its configuration (vars.xml). Only that.
#   guard LOG_DIR CONF_DIR   make the expanded configuration, which will hold the password, readable by us alone
#   password CONF_DIR        print the Event Socket's password: the environment's, or one made on the first start
set -u
umask 077

case "${1:-}" in
guard)
    # The switch has just opened this file, it is still empty, and rename keeps its mode.
    chmod 600 "$2/freeswitch.xml.fsxml.tmp" 2>/dev/null
    # Places for what belongs to this site only; a configuration that is mounted read-only goes without.
    mkdir -p "$3/generated/agents" "$3/generated/trunks" "$3/generated/gateways" 2>/dev/null
    echo done
    ;;
password)
    file="$2/generated/esl_password"
    given="${FREESWITCH_CC_ESL_PASSWORD:-}"
    case "$given" in
    *[!A-Za-z0-9._~-]*)
        # It would break out of the XML. An empty password would be no password: so one nobody knows.
        echo "freeswitch-cc: FREESWITCH_CC_ESL_PASSWORD may hold A-Z a-z 0-9 . _ ~ - only; nobody can log in" >&2
        od -An -N24 -tx1 /dev/urandom | tr -d ' \n'
        exit 0
        ;;
    ?*)
        printf '%s' "$given"
        exit 0
        ;;
    esac
    if [ ! -s "$file" ]; then
        mkdir -p "$2/generated" 2>/dev/null
        # Written beside it and moved, so that nobody ever reads half a password.
        if od -An -N24 -tx1 /dev/urandom 2>/dev/null | tr -d ' \n' >"$file.$$" 2>/dev/null; then
            mv "$file.$$" "$file"
        else
            echo "freeswitch-cc: cannot write $file; set FREESWITCH_CC_ESL_PASSWORD" >&2
            od -An -N24 -tx1 /dev/urandom | tr -d ' \n'
            exit 0
        fi
    fi
    cat "$file"
    ;;
*)
    echo "usage: startup.sh guard LOG_DIR CONF_DIR | password CONF_DIR" >&2
    exit 2
    ;;
esac
