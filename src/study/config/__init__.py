"""The study as data: what `config/*.yaml` may say, read with file, line and nearest name of every mistake."""
