"""Users, tokens, and what everybody did: the audit log."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from callcenter.accounts import Token, User, digest
from callcenter.audit import AuditsOf
from callcenter.errors import NotFound
from desk.access import ADMIN
from desk.contract import API, Call, Reply, Route
from desk.models.common import Listing
from desk.models.people import (
    AuditAsked,
    AuditShown,
    MadeToken,
    NewToken,
    NewUser,
    OneTime,
    TokenShown,
    UserChange,
    UserShown,
)
from desk.service.credentials import new_token, one_time_password


async def users(call: Call) -> Reply:
    found = await call.desk.store.users()
    return Reply(answer=Listing[UserShown](items=[UserShown.model_validate(user) for user in found]))


async def add_user(call: Call) -> Reply:
    said: NewUser = call.body
    password = one_time_password()
    user = User(
        name=said.name,
        role=said.role,
        password_hash=await call.desk.passwords.hash(password),
        must_change=True,
        agent=said.agent,
        created_at=call.now,
        changed_at=call.now,
    )
    await call.desk.store.add_user(user, call.known.name)
    return Reply(answer=OneTime(user=UserShown.model_validate(user), password=password))


async def change_user(call: Call) -> Reply:
    said: UserChange = call.body
    name = call.path["user"]
    await call.desk.store.change_user(name, said.role, said.agent, call.known.name, call.now)
    return Reply(answer=UserShown.model_validate(await _user(call, name)))


async def remove_user(call: Call) -> Reply:
    await call.desk.store.remove_user(call.path["user"], call.known.name, call.now)
    return Reply()


async def reset_password(call: Call) -> Reply:
    user, password = await _user(call, call.path["user"]), one_time_password()
    hashed = await call.desk.passwords.hash(password)
    changed = replace(user, password_hash=hashed, must_change=True, changed_at=call.now)
    await call.desk.store.set_password(changed, call.known.name)
    return Reply(answer=OneTime(user=UserShown.model_validate(changed), password=password))


async def _user(call: Call, name: str) -> User:
    user = await call.desk.store.user(name)
    if user is None:
        raise NotFound(f"there is no user {name!r}")
    return user


async def tokens(call: Call) -> Reply:
    found = await call.desk.store.tokens()
    return Reply(answer=Listing[TokenShown](items=[TokenShown.model_validate(token) for token in found]))


async def add_token(call: Call) -> Reply:
    said: NewToken = call.body
    name, secret = new_token()
    token = Token(
        id=name, secret_hash=digest(secret), role=said.role, note=said.note, by=call.known.name, created_at=call.now
    )
    await call.desk.store.add_token(token)
    return Reply(answer=MadeToken(token=TokenShown.model_validate(token), secret=secret))


async def revoke_token(call: Call) -> Reply:
    await call.desk.store.revoke_token(call.path["token"], call.known.name, call.now)
    return Reply()


async def audit(call: Call) -> Reply:
    asked: AuditAsked = call.query
    of = AuditsOf(who=asked.who, what=asked.what, since=asked.since, before=asked.cursor, limit=asked.limit)
    found = await call.desk.store.audit_page(of)
    following = str(found[-1][0]) if len(found) == asked.limit else None
    items = [AuditShown.model_validate(entry) for _, entry in found]
    return Reply(answer=Listing[AuditShown](items=items, next=following))


USERS: Final = f"{API}/users"
TOKENS: Final = f"{API}/tokens"
ROUTES: Final = (
    Route(
        method="GET",
        path=USERS,
        summary="Who may sign in",
        tag="people",
        handler=users,
        roles=ADMIN,
        answer=Listing[UserShown],
    ),
    Route(
        method="POST",
        path=USERS,
        summary="Let somebody sign in, with a one-time password",
        tag="people",
        handler=add_user,
        roles=ADMIN,
        body=NewUser,
        answer=OneTime,
        status=201,
        errors=(409,),
    ),
    Route(
        method="PUT",
        path=USERS + "/{user}",
        summary="Change somebody's role",
        tag="people",
        handler=change_user,
        roles=ADMIN,
        body=UserChange,
        answer=UserShown,
        errors=(404, 409),
    ),
    Route(
        method="DELETE",
        path=USERS + "/{user}",
        summary="Let somebody in no more",
        tag="people",
        handler=remove_user,
        roles=ADMIN,
        status=204,
        errors=(404, 409),
    ),
    Route(
        method="POST",
        path=USERS + "/{user}/password",
        summary="Give somebody a one-time password; their sessions end",
        tag="people",
        handler=reset_password,
        roles=ADMIN,
        answer=OneTime,
        errors=(404,),
    ),
    Route(
        method="GET",
        path=TOKENS,
        summary="Tokens of programs",
        tag="people",
        handler=tokens,
        roles=ADMIN,
        answer=Listing[TokenShown],
    ),
    Route(
        method="POST",
        path=TOKENS,
        summary="Make a token for a program",
        tag="people",
        handler=add_token,
        roles=ADMIN,
        body=NewToken,
        answer=MadeToken,
        status=201,
    ),
    Route(
        method="DELETE",
        path=TOKENS + "/{token}",
        summary="Revoke a token",
        tag="people",
        handler=revoke_token,
        roles=ADMIN,
        status=204,
        errors=(404,),
    ),
    Route(
        method="GET",
        path=f"{API}/audit",
        summary="Who did what, newest first",
        tag="people",
        handler=audit,
        roles=ADMIN,
        query=AuditAsked,
        answer=Listing[AuditShown],
    ),
)
