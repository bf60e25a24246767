"""A client whose token is shared by all processes of the installation and refreshed by one of them."""

import httpx

from siyu.channels.adapters.types import AdapterContext
from siyu.channels.adapters.wecom.client import TokenStore, WeComClient, WeComUnknown, WeComUnreachable


class SharedClient(WeComClient):
    """`WeComClient`, but a new token is fetched under the account's lock instead of this process's alone."""

    def __init__(self, context: AdapterContext) -> None:
        config, secrets = context.account.config, context.account.secrets

        async def save(token: str, expires_in: int) -> None:
            """Nothing: `context.tokens.renew` keeps it while it holds the lock."""

        store = TokenStore(context.tokens.read, save)
        super().__init__(str(config["base_url"]), str(config["corpid"]), secrets["secret"], store, context.http)
        self._shared = context.tokens

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


class Session:
    """An open session to one corp."""

    def __init__(self, context: AdapterContext) -> None:
        self.account = context.account
        self.http: httpx.AsyncClient = context.http
        self.client = SharedClient(context)
        self._context = context

    async def renew(self, refused: str | None) -> str:
        """A token other than `refused`."""
        return await self._context.tokens.renew(refused, self.client.fetch)
