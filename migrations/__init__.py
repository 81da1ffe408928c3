"""The history of the schema, one revision a file; store.migrate drives it. No rule of the product lives here."""
