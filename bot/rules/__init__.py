"""Pure rules: what each act may do to a round, and what is owed because of it. `now` and chance are arguments."""
