"""A client whose token is shared by all processes of the installation and refreshed by one of them."""

import httpx

from siyu.channels.adapters.types import Wire
from siyu.channels.adapters.wecom.client import TokenStore, WeComClient, WeComUnknown, WeComUnreachable


class SharedClient(WeComClient):
    """`WeComClient`, but a new token is fetched under the account's lock instead of this process's alone."""

    def __init__(self, wire: Wire) -> None:
        config, secrets = wire.account.config, wire.account.secrets

        async def save(token: str, expires_in: int) -> None:
            """Nothing: `wire.tokens.renew` keeps it while it holds the lock."""

        store = TokenStore(wire.tokens.read, save)
        super().__init__(str(config["base_url"]), str(config["corpid"]), secrets["secret"], store, wire.http)
        self._shared = wire.tokens

    async def fetch(self) -> tuple[str, int]:
        """(a token, its life in seconds) from the platform. A lost answer is harmless: the same one is given again."""
        try:
            answer = await self._exchange("gettoken", {"corpid": self._corp_id, "corpsecret": self._secret}, None)
        except WeComUnknown as error:
            raise WeComUnreachable(str(error), error.path) from None
        return str(answer["access_token"]), int(answer.get("expires_in", 0))

    async def _token(self, refused: str | None) -> str:
        token = await self._tokens.get_token()
        return token if token and token != refused else await self._shared.renew(refused, self.fetch)


class Line:
    """An open line to one corp."""

    def __init__(self, wire: Wire) -> None:
        self.account = wire.account
        self.http: httpx.AsyncClient = wire.http
        self.client = SharedClient(wire)
        self._wire = wire

    async def renew(self, refused: str | None) -> str:
        """A token other than `refused`."""
        return await self._wire.tokens.renew(refused, self.client.fetch)
