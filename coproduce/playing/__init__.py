"""`coproduce play`: what is staged, the round that one finds, what stands beside the chat, and how it is served."""
