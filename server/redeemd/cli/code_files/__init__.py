"""Steps and options of the commands that read a file of codes."""
