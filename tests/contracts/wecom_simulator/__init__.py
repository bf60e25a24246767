"""The WeCom simulator, the callback crypto and the client, over real HTTP."""
