"""`python -m adapters.playground.chat`."""

from adapters.playground.chat.program import main

main()
