"""Discord's objects as it answers them and as its events carry them: what discord.py reads of each."""

from __future__ import annotations

from datetime import datetime

from tests.discord.rules import EPHEMERAL
from tests.discord.world import APP, BOT, DM, FORUM, GUILD, STAGE, VOICE, Channel, Json, Message, Person, Role, World


def user(person: Person) -> Json:
    told: Json = {
        "id": person.id,
        "username": person.username,
        "global_name": None if person.is_bot or person.is_deleted else person.name,
        "discriminator": "0",
        "avatar": None,
        "public_flags": 0,
    }
    if person.is_deleted:
        told["username"] = f"deleted_user_{int(person.id) % 0xFFFF:x}"
    return told | ({"bot": True} if person.is_bot else {})


def member(person: Person, *, with_user: bool = True) -> Json:
    told: Json = {
        "roles": sorted(person.roles),
        "nick": person.nick,
        "avatar": None,
        "joined_at": "2026-01-01T00:00:00+00:00",
        "premium_since": None,
        "deaf": False,
        "mute": False,
        "pending": False,
        "flags": 0,
        "communication_disabled_until": None,
    }
    return told | ({"user": user(person)} if with_user else {})


def role(one: Role) -> Json:
    return {
        "id": one.id,
        "name": one.name,
        "permissions": str(one.permissions),
        "position": one.position,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "managed": False,
        "mentionable": False,
        "icon": None,
        "unicode_emoji": None,
        "flags": 0,
    }


def channel(world: World, one: Channel) -> Json:
    newest = max((message.id for message in world.messages if message.channel == one.id), key=int, default=None)
    told: Json = {"id": one.id, "type": one.type, "last_message_id": newest, "flags": one.flags}
    if one.type == DM:
        return told | {"recipients": [user(world.people[one.recipient])]}
    told |= {"guild_id": GUILD, "name": one.name, "rate_limit_per_user": 0}
    if one.is_thread:
        return told | _thread(world, one)
    told |= {
        "position": 0,
        "permission_overwrites": one.overwrites,
        "parent_id": None,
        "nsfw": False,
        "topic": None,
        "default_auto_archive_duration": 4320,
    }
    if one.type in (VOICE, STAGE):
        told |= {"bitrate": 64_000, "user_limit": 0, "rtc_region": None}
    if one.type == FORUM:
        told |= {"available_tags": one.available_tags, "default_reaction_emoji": None, "default_sort_order": None}
        told |= {"default_forum_layout": 0, "default_thread_rate_limit_per_user": 0}
    return told


def _thread(world: World, one: Channel) -> Json:
    inside = sum(message.channel == one.id for message in world.messages)
    return {
        "parent_id": one.parent,
        "owner_id": one.owner or BOT,
        "message_count": inside,
        "total_message_sent": inside,
        "member_count": 1,
        "thread_metadata": {
            "archived": one.is_archived,
            "auto_archive_duration": one.archives_after,
            "archive_timestamp": stamp(one.archived_at),
            "locked": one.is_locked,
            "create_timestamp": stamp(world.born_at(one.id)),
        },
        "applied_tags": [],
    }


def guild(world: World, *, whole: bool = False) -> Json:
    told: Json = {
        "id": GUILD,
        "name": "Double",
        "owner_id": world.owner or "100000000000000001",
        "roles": [role(one) for one in world.roles.values()],
        "emojis": [],
        "stickers": [],
        "features": ["COMMUNITY"],
        "icon": None,
        "splash": None,
        "discovery_splash": None,
        "banner": None,
        "description": None,
        "vanity_url_code": None,
        "verification_level": 0,
        "default_message_notifications": 0,
        "explicit_content_filter": 0,
        "mfa_level": 0,
        "nsfw_level": 0,
        "premium_tier": 0,
        "premium_progress_bar_enabled": False,
        "afk_timeout": 300,
        "afk_channel_id": None,
        "system_channel_id": None,
        "system_channel_flags": 0,
        "rules_channel_id": None,
        "public_updates_channel_id": None,
        "safety_alerts_channel_id": None,
        "application_id": None,
        "preferred_locale": "en-US",
        "approximate_member_count": sum(1 for _ in world.members()),
    }
    if not whole:
        return told
    del told["approximate_member_count"]
    standing = [one for one in world.channels.values() if not one.recipient]
    return told | {
        "joined_at": "2026-01-01T00:00:00+00:00",
        "large": False,
        "unavailable": False,
        "member_count": sum(1 for _ in world.members()),
        "members": [member(world.people[BOT])],
        "channels": [channel(world, one) for one in standing if not one.is_thread],
        "threads": [channel(world, one) for one in standing if one.is_thread and not one.is_archived],
        "voice_states": [],
        "presences": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }


def message(world: World, one: Message, *, with_nonce: bool = False) -> Json:
    """Its nonce is not kept: only the answer to its sending and its event bear it (Rapptz/discord.py#2451)."""
    told: Json = {
        "id": one.id,
        "channel_id": one.channel,
        "author": user(world.people[one.author]),
        "content": one.content,
        "timestamp": stamp(one.born),
        "edited_timestamp": stamp(one.edited) if one.edited else None,
        "tts": False,
        "mention_everyone": False,
        "mentions": [],
        "mention_roles": [],
        "attachments": one.attachments,
        "embeds": one.embeds,
        "components": one.components,
        "pinned": False,
        "type": one.type,
        "flags": one.flags | (EPHEMERAL if one.only_for else 0),
    }
    if one.author == BOT:
        told["application_id"] = APP
    if one.interaction:
        told["webhook_id"] = APP
    if one.reference:
        told["message_reference"] = one.reference
    if with_nonce and one.nonce is not None:
        told["nonce"] = one.nonce
    thread = world.channels.get(one.id)  # a thread has the id of the message it was opened from
    if thread:
        told["thread"] = channel(world, thread)
    return told


def application(world: World) -> Json:
    """Its flags tell which privileged intents are switched on in the portal."""
    limited_members, limited_content = 1 << 15, 1 << 19
    flags = limited_members * world.has_members_intent | limited_content * world.has_content_intent
    return {
        "id": APP,
        "name": "coproduce",
        "icon": None,
        "description": "",
        "bot_public": True,
        "bot_require_code_grant": False,
        "verify_key": "00" * 32,
        "owner": {
            "id": "100000000000000001",
            "username": "o",
            "discriminator": "0",
            "avatar": None,
            "global_name": "O",
        },
        "team": None,
        "rpc_origins": [],
        "tags": [],
        "flags": flags,
        "install_params": None,
        "interactions_endpoint_url": None,
        "redirect_uris": [],
        "integration_types_config": {"0": {}},
    }


def stamp(at: datetime) -> str:
    return at.isoformat(timespec="microseconds")
