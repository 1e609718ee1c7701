"""What keeps the service running: heartbeats, health, figures, backup and restore. It reads the others."""
