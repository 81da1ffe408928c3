"""The room that speaks to FreeSWITCH: connection, reader, pool, parse, render. Never the store."""
