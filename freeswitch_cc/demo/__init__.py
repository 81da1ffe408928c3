"""The demo: a busy minute of a small center, played live on the simulator, and what PostgreSQL says of it."""
