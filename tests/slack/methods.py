"""The Web API's methods on a workspace: each takes arguments and answers, or raises `Refused`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tests.slack.workspace import (
    APP,
    BOT,
    BOT_USER,
    OTHER_TEAM,
    TEAM,
    Conversation,
    File,
    Json,
    Message,
    Person,
    Refused,
    UserGroup,
    View,
    Workspace,
)

Method = Callable[[Json], Json]


class Methods:
    def __init__(self, workspace: Workspace, upload_url: Callable[[str], str]) -> None:
        self._workspace = workspace
        self._upload_url = upload_url

    def find(self, method: str) -> Method | None:
        name = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in method)
        found: Method | None = getattr(self, name.replace(".", "_"), None)
        return found

    def api_test(self, args: Json) -> Json:
        return {"args": args}

    def auth_test(self, args: Json) -> Json:
        return {
            "url": "https://double.slack.com/",
            "team": "Double",
            "user": "coproduce",
            "team_id": None if self._workspace.is_org_wide else TEAM,
            "user_id": BOT_USER,
            "bot_id": BOT,
            "enterprise_id": self._workspace.enterprise or None,
            "is_enterprise_install": self._workspace.is_org_wide,
        }

    # conversations

    def conversations_open(self, args: Json) -> Json:
        if channel := args.get("channel"):
            return {"channel": {"id": self._workspace.conversation(channel).id}}
        users = str(args["users"]).split(",")
        if len(users) != 1:
            raise Refused("not_enough_users" if not users else "too_many_users")
        return {"channel": {"id": self._workspace.im(users[0]).id}, "no_op": True, "already_open": True}

    def conversations_info(self, args: Json) -> Json:
        found = self._workspace.conversation(args["channel"])
        return {"channel": self._channel(found, counted=_true(args.get("include_num_members")))}

    def conversations_list(self, args: Json) -> Json:
        kinds = str(args.get("types") or "public_channel").split(",")
        listed = [
            self._channel(one)
            for one in self._workspace.conversations.values()
            if not one.is_im
            and ("private_channel" if one.is_private else "public_channel") in kinds
            and (one.has_bot or not one.is_private)
        ]
        return _paged("channels", listed, args, 100)

    def conversations_members(self, args: Json) -> Json:
        found = self._workspace.conversation(args["channel"])
        members = [*found.members, *([BOT_USER] if found.has_bot and BOT_USER not in found.members else [])]
        return _paged("members", members, args, 100)

    def conversations_join(self, args: Json) -> Json:
        found = self._workspace.conversation(args["channel"])
        if found.join_refuses:
            raise Refused(found.join_refuses)
        if found.is_private or found.is_im:
            raise Refused("method_not_supported_for_channel_type")
        if found.is_archived:
            raise Refused("is_archived")
        if found.refuses:
            raise Refused("method_not_supported_for_channel_type")
        found.has_bot = True
        return {"channel": self._channel(found)}

    def conversations_history(self, args: Json) -> Json:
        found = self._readable(args["channel"])
        roots = [one for one in self._workspace.messages if one.channel == found.id and not one.is_ephemeral]
        roots = [one for one in roots if one.thread_ts in (None, one.ts)]
        return _paged("messages", self._told(reversed(_between(roots, args)), args), args, 100)

    def conversations_replies(self, args: Json) -> Json:
        found = self._readable(args["channel"])
        if self._workspace.message(found.id, args["ts"]) is None:
            raise Refused("thread_not_found")
        thread = [
            one
            for one in self._workspace.messages
            if one.channel == found.id and not one.is_ephemeral and args["ts"] in (one.ts, one.thread_ts)
        ]
        root, *replies = thread
        return _paged("messages", self._told([root, *_between(replies, args)], args), args, 100)

    # people

    def users_info(self, args: Json) -> Json:
        person = self._workspace.people.get(args["user"])
        if person is None:
            raise Refused("user_not_found")
        return {"user": _user(person, with_locale=_true(args.get("include_locale")))}

    def users_list(self, args: Json) -> Json:
        with_locale = _true(args.get("include_locale"))
        told = [_user(person, with_locale=with_locale) for person in self._workspace.people.values()]
        return _paged("members", told, args, 200)

    def usergroups_list(self, args: Json) -> Json:
        return {
            "usergroups": [
                {
                    "id": id,
                    "team_id": OTHER_TEAM if group.is_external else TEAM,
                    "handle": group.name.lower().replace(" ", "-"),
                    "name": group.name,
                    "is_usergroup": True,
                    "is_external": group.is_external,
                    "user_count": len(group.members),
                    "date_delete": int(group.is_disabled),
                }
                | ({"users": group.members} if _true(args.get("include_users")) else {})
                for id, group in self._groups(args).items()
            ]
        }

    def usergroups_users_list(self, args: Json) -> Json:
        group = self._groups(args).get(args["usergroup"])
        if group is None:
            raise Refused("no_such_subteam")
        return {"users": group.members}

    def _groups(self, args: Json) -> dict[str, UserGroup]:
        if self._workspace.groups is None:
            raise Refused("plan_upgrade_required")
        with_disabled = _true(args.get("include_disabled"))
        return {id: one for id, one in self._workspace.groups.items() if with_disabled or not one.is_disabled}

    # messages

    def chat_post_message(self, args: Json) -> Json:
        found = self._writable(args["channel"])
        made = self._workspace.add(self._message(args, found))
        return {"channel": found.id, "ts": made.ts, "message": message_payload(made, with_metadata=True)}

    def chat_post_ephemeral(self, args: Json) -> Json:
        found = self._writable(args["channel"])
        if args["user"] not in found.members:
            raise Refused("user_not_in_channel")
        message = self._message(args, found)
        message.only_for = args["user"]
        return {"message_ts": self._workspace.add(message).ts}

    def chat_update(self, args: Json) -> Json:
        message = self._own(args)
        self._must_be_open(message)
        if self._workspace.edits_refused:
            raise Refused(self._workspace.edits_refused)
        if len(args.get("text") or "") > 4_000:
            raise Refused("msg_too_long")
        if not (args.get("text") or args.get("blocks")):
            raise Refused("no_text")
        message.text = args.get("text") or ""
        message.blocks = args.get("blocks") or []
        message.metadata = args.get("metadata") or message.metadata
        message.edits += 1
        self._workspace.change()
        return {"channel": message.channel, "ts": message.ts, "text": message.text, "message": message_payload(message)}

    def chat_delete(self, args: Json) -> Json:
        message = self._own(args)
        self._must_be_open(message)
        self._workspace.messages.remove(message)
        return {"channel": message.channel, "ts": message.ts}

    def chat_get_permalink(self, args: Json) -> Json:
        if self._workspace.message(args["channel"], args["message_ts"]) is None:
            raise Refused("message_not_found")
        path = f"{args['channel']}/p{args['message_ts'].replace('.', '')}"
        return {"channel": args["channel"], "permalink": f"https://double.slack.com/archives/{path}"}

    # forms

    def views_open(self, args: Json) -> Json:
        user = self._workspace.use(args["trigger_id"])
        if self._workspace.stack(user):  # a new form takes the place of what was open
            self._workspace.stack(user).clear()
        return {"view": view_payload(self._workspace.push(user, args["view"]))}

    def views_push(self, args: Json) -> Json:
        return {"view": view_payload(self._workspace.push(self._workspace.use(args["trigger_id"]), args["view"]))}

    def views_update(self, args: Json) -> Json:
        view = self._workspace.view(args.get("view_id") or "", args.get("external_id") or "")
        return {"view": view_payload(self._workspace.update(view, args["view"], args.get("hash")))}

    def views_publish(self, args: Json) -> Json:
        if args["user_id"] not in self._workspace.people:
            raise Refused("invalid_arguments")
        self._workspace.homes[args["user_id"]] = args["view"]
        return {"view": args["view"]}

    # files

    def files_get_upload_u_r_l_external(self, args: Json) -> Json:
        if self._workspace.uploads_refused:
            raise Refused(self._workspace.uploads_refused)
        file = File(id=self._workspace.fresh("F"), name=args["filename"], length=int(args["length"]))
        self._workspace.files[file.id] = file
        return {"file_id": file.id, "upload_url": self._upload_url(file.id)}

    def files_complete_upload_external(self, args: Json) -> Json:
        files = [self._uploaded(told) for told in args["files"]]
        for end, error in self._workspace.files_refused.items():
            if any(file.name.endswith(end) for file in files):
                raise Refused(error)
        channel = args.get("channel_id") or args.get("channels")
        if channel:
            found = self._writable(channel)
            if not found.has_bot and not found.is_im:
                raise Refused("not_in_channel")
            told = {"text": args.get("initial_comment") or "", "thread_ts": args.get("thread_ts")}
            message = self._message({**told, "blocks": args.get("blocks")}, found, needs_text=False)
            message.files = [file.id for file in files]
            for file in files:
                file.is_shared = True
            self._workspace.add(message)
        return {"files": [{"id": file.id, "title": file.title} for file in files]}

    def files_delete(self, args: Json) -> Json:
        """The message that shared it stays, and says "This file was deleted"."""
        file = self._workspace.files.get(args["file"])
        if file is None:
            raise Refused("file_not_found")
        if file.is_deleted:
            raise Refused("file_deleted")
        file.is_deleted, file.content = True, None
        return {}

    def files_info(self, args: Json) -> Json:
        file = self._workspace.files.get(args["file"])
        if file is None:
            raise Refused("file_not_found")
        if file.is_deleted:
            raise Refused("file_deleted")
        shares: dict[str, dict[str, list[Json]]] = {}
        for one in self._workspace.messages:
            if file.id in one.files and not self._workspace.files_hear_late:
                kind = "private" if self._workspace.conversations[one.channel].is_private else "public"
                told = {"ts": one.ts} | ({"thread_ts": one.thread_ts} if one.thread_ts else {})
                shares.setdefault(kind, {}).setdefault(one.channel, []).append(told)
        return {"file": {"id": file.id, "name": file.name, "title": file.title, "shares": shares}}

    # pieces

    def _uploaded(self, told: Json) -> File:
        file = self._workspace.files.get(told["id"])
        if file is None or file.content is None:
            raise Refused("file_not_found")
        file.title = told.get("title") or file.name
        return file

    def _channel(self, found: Conversation, *, counted: bool = False) -> Json:
        told: Json = {
            "id": found.id,
            "is_channel": not found.is_im and not found.is_private,
            "is_group": found.is_private and not found.is_im,
            "is_im": found.is_im,
            "is_private": found.is_private or found.is_im,
            "is_archived": found.is_archived,
            "is_ext_shared": found.is_ext_shared,
            "is_shared": found.is_ext_shared,
            "is_member": found.has_bot,
            "context_team_id": TEAM,
        }
        told |= {"user": found.user} if found.is_im else {"name": found.name, "name_normalized": found.name}
        return told | ({"num_members": len(found.members)} if counted else {})

    def _readable(self, channel: str) -> Conversation:
        found = self._workspace.conversation(channel)
        if not found.has_bot and not found.is_im:
            raise Refused("not_in_channel")
        return found

    def _writable(self, channel: str) -> Conversation:
        """A channel, or a person, whose conversation is opened."""
        found = self._workspace.im(channel) if channel[:1] in "UW" else self._workspace.conversation(channel)
        if found.refuses:
            raise Refused(found.refuses)
        if found.is_archived:
            raise Refused("is_archived")
        if found.is_im:
            person = self._workspace.people[found.user]
            if person.is_deleted or not person.takes_messages:
                raise Refused("channel_not_found" if person.is_deleted else "messages_tab_disabled")
        return found

    def _message(self, args: Json, found: Conversation, *, needs_text: bool = True) -> Message:
        if needs_text and not (args.get("text") or args.get("blocks")):
            raise Refused("no_text")
        thread = args.get("thread_ts")
        if thread and self._workspace.message(found.id, thread) is None:
            thread = None  # as Slack does: it answers ok, and the post lands in the channel
        return Message(
            ts=self._workspace.fresh_ts(),
            channel=found.id,
            user=BOT_USER,
            text=args.get("text") or "",
            blocks=args.get("blocks") or [],
            metadata=args.get("metadata"),
            thread_ts=thread,
        )

    def _own(self, args: Json) -> Message:
        self._workspace.conversation(args["channel"])
        message = self._workspace.message(args["channel"], args["ts"])
        if message is None or message.is_ephemeral:
            raise Refused("message_not_found")
        if message.user != BOT_USER:
            raise Refused("cant_update_message")
        return message

    def _must_be_open(self, message: Message) -> None:
        if self._workspace.conversations[message.channel].is_archived:
            raise Refused("is_inactive")

    def _told(self, messages: Any, args: Json) -> list[Json]:
        return [message_payload(one, with_metadata=_true(args.get("include_all_metadata"))) for one in messages]


def _true(value: Any) -> bool:
    return value in (True, 1, "1", "true", "True")


def _between(messages: Sequence[Message], args: Json) -> list[Message]:
    oldest, latest = float(args.get("oldest") or 0), float(args.get("latest") or "inf")
    if _true(args.get("inclusive")):
        return [one for one in messages if oldest <= float(one.ts) <= latest]
    return [one for one in messages if oldest < float(one.ts) < latest]


def _paged(name: str, all_of_it: Sequence[Any], args: Json, size: int) -> Json:
    start, limit = int(args.get("cursor") or 0), int(args.get("limit") or size)
    end = start + limit
    more = end < len(all_of_it)
    told = {name: list(all_of_it[start:end]), "response_metadata": {"next_cursor": str(end) if more else ""}}
    return told | ({"has_more": more} if name == "messages" else {})


def _user(person: Person, *, with_locale: bool) -> Json:
    told: Json = {
        "id": person.id,
        "team_id": OTHER_TEAM if person.is_stranger else TEAM,
        "name": person.name.lower().replace(" ", "."),
        "real_name": person.name,
        "deleted": person.is_deleted,
        "is_bot": person.is_bot,
        "is_app_user": False,
        "profile": {"real_name": person.name, "display_name": "", "real_name_normalized": person.name},
    }
    if not person.is_deleted:
        told |= {
            "tz": person.tz,
            "is_admin": person.is_admin,
            "is_owner": False,
            "is_restricted": person.is_guest,
            "is_ultra_restricted": False,
            "is_stranger": False,  # true only of somebody with whom nothing is shared yet
        }
    if person.enterprise:
        teams = [told["team_id"]]
        told["enterprise_user"] = {"id": f"W{person.id}", "enterprise_id": person.enterprise, "teams": teams}
    return told | ({"locale": person.locale} if with_locale and not person.is_deleted else {})


def message_payload(one: Message, *, with_metadata: bool = False) -> Json:
    told: Json = {
        "type": "message",
        "ts": one.ts,
        "user": one.user,
        "text": one.text,
        "team": TEAM,
        "blocks": one.blocks,
        "files": [{"id": id} for id in one.files],
    }
    told |= {"bot_id": BOT, "app_id": APP} if one.user == BOT_USER else {}
    told |= {"thread_ts": one.thread_ts} if one.thread_ts else {}
    if with_metadata and one.metadata:
        told["metadata"] = one.metadata
    return told


def view_payload(view: View) -> Json:
    """A view as Slack tells it, with its state."""
    return {
        **view.body,
        "id": view.id,
        "team_id": TEAM,
        "hash": view.hash,
        "root_view_id": view.id,
        "previous_view_id": None,
        "app_id": APP,
        "bot_id": BOT,
        "private_metadata": view.body.get("private_metadata", ""),
        "callback_id": view.body.get("callback_id", ""),
        "external_id": view.body.get("external_id", ""),
        "state": {"values": view.state},
    }
