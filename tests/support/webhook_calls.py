"""Uses of codes, whose events tests of webhooks receive."""

from support.world import World


async def use(world: World, *users: str) -> list[str]:
    """Let players use a code each, one after the other; return the codes."""
    codes = await world.codes(len(users))
    for user_id, code in zip(users, codes, strict=True):
        await world.call("UseByUserId", user_id=user_id, code=code)
    return codes
