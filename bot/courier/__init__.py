"""Delivers the messages of the outbox: each once, in order, within the rate limits of the platforms.

`dispatcher` is the loop, `worker` takes one message from claim to recorded result, `delivery` calls the platform,
`content` composes what a message says, `retries` decides when something is tried again, `limits` how fast calls go.
"""

from bot.courier.delivery import GUARANTEES, Guarantee
from bot.courier.dependencies import CourierDependencies
from bot.courier.dispatcher import Dispatcher

__all__ = ["GUARANTEES", "CourierDependencies", "Dispatcher", "Guarantee"]
