"""Settings of the project and what starts its parts; imports nothing, so that every process can read from it cheaply."""
