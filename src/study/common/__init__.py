"""What every package may use: texts, whole files, several processes, progress."""
