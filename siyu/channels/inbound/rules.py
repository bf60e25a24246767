"""Names of the room's jobs, for whoever defers one."""

HANDLE_CALLBACKS = "channels_handle_callbacks"
SYNC_ACCOUNT = "channels_sync_account"
