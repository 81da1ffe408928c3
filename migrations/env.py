"""What alembic runs for every command: all revisions in the transaction that store.migrate has opened.

No URL and no engine here: a failed revision leaves the database as it was, because its caller commits.
"""

from alembic import context

from freeswitch_cc.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    compare_type=True,
    compare_server_default=True,
)
with context.begin_transaction():
    context.run_migrations()
