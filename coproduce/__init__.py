"""The program: command line, configuration, and the place where everything is put together."""
