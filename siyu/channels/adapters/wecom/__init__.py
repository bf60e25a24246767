"""WeCom (企业微信): customers reached through group send, welcomes and callbacks."""
