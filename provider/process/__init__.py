"""The provider's process: its host, its engine, its session, and what it writes on rows."""
