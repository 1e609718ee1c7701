"""Settings of the project, and what starts its parts. Imports nothing: settings must be cheap to read."""
