"""The simulator's tables. Times are epoch seconds of the simulated clock, except callbacks', which are the wall's."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS limits (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tokens (token TEXT PRIMARY KEY, secret TEXT NOT NULL, expires_at REAL NOT NULL);

CREATE TABLE IF NOT EXISTS departments (id INTEGER PRIMARY KEY, name TEXT NOT NULL, parentid INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS staff (
    userid TEXT PRIMARY KEY, name TEXT NOT NULL, mobile TEXT NOT NULL, department TEXT NOT NULL, follow INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS behaviour (
    userid TEXT PRIMARY KEY, delay_s REAL NOT NULL, share REAL NOT NULL, seed INTEGER NOT NULL, auto INTEGER NOT NULL);

CREATE TABLE IF NOT EXISTS customers (
    external_userid TEXT PRIMARY KEY, name TEXT NOT NULL, unionid TEXT NOT NULL, gender INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS customers_unionid ON customers (unionid);
CREATE TABLE IF NOT EXISTS follows (
    id INTEGER PRIMARY KEY, userid TEXT NOT NULL, external_userid TEXT NOT NULL,
    remark TEXT NOT NULL, description TEXT NOT NULL, mobiles TEXT NOT NULL, add_way INTEGER NOT NULL,
    state TEXT NOT NULL, created_at REAL NOT NULL, ended_at REAL, spoke_at REAL,
    UNIQUE (userid, external_userid));
CREATE INDEX IF NOT EXISTS follows_customer ON follows (external_userid, userid);

CREATE TABLE IF NOT EXISTS codes (
    id INTEGER PRIMARY KEY, config_id TEXT NOT NULL UNIQUE, body TEXT NOT NULL, created_at REAL NOT NULL,
    scans INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS welcomes (
    code TEXT PRIMARY KEY, userid TEXT NOT NULL, external_userid TEXT NOT NULL, issued_at REAL NOT NULL, used_at REAL);

CREATE TABLE IF NOT EXISTS tag_groups (
    group_id TEXT PRIMARY KEY, name TEXT NOT NULL, rank INTEGER NOT NULL, created_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS tags (
    tag_id TEXT PRIMARY KEY, group_id TEXT NOT NULL, name TEXT NOT NULL, rank INTEGER NOT NULL,
    created_at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS tags_group ON tags (group_id);
CREATE TABLE IF NOT EXISTS marks (
    userid TEXT NOT NULL, external_userid TEXT NOT NULL, tag_id TEXT NOT NULL,
    PRIMARY KEY (userid, external_userid, tag_id)) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS chats (
    chat_id TEXT PRIMARY KEY, name TEXT NOT NULL, owner TEXT NOT NULL, created_at REAL NOT NULL);

CREATE TABLE IF NOT EXISTS contents (content_key TEXT PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS sends (
    id INTEGER PRIMARY KEY, msgid TEXT NOT NULL UNIQUE, chat_type TEXT NOT NULL, creator TEXT NOT NULL,
    content_key TEXT NOT NULL, created_at REAL NOT NULL, cancelled_at REAL);
CREATE INDEX IF NOT EXISTS sends_created ON sends (created_at);
CREATE TABLE IF NOT EXISTS tasks (
    id INTEGER PRIMARY KEY, msgid TEXT NOT NULL, userid TEXT NOT NULL, status INTEGER NOT NULL DEFAULT 0,
    reminded INTEGER NOT NULL DEFAULT 0, send_time REAL, UNIQUE (msgid, userid));
CREATE INDEX IF NOT EXISTS tasks_open ON tasks (id) WHERE status = 0;
CREATE TABLE IF NOT EXISTS targets (
    id INTEGER PRIMARY KEY, msgid TEXT NOT NULL, userid TEXT NOT NULL, external_userid TEXT NOT NULL,
    chat_id TEXT NOT NULL, status INTEGER NOT NULL DEFAULT 0, send_time REAL,
    UNIQUE (msgid, external_userid, chat_id));
CREATE INDEX IF NOT EXISTS targets_task ON targets (msgid, userid);
CREATE TABLE IF NOT EXISTS reminders (msgid TEXT NOT NULL, at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS reminders_msgid ON reminders (msgid, at);

CREATE TABLE IF NOT EXISTS received (
    id INTEGER PRIMARY KEY, external_userid TEXT NOT NULL, chat_id TEXT NOT NULL, userid TEXT NOT NULL,
    kind TEXT NOT NULL, msgid TEXT NOT NULL, content_key TEXT NOT NULL, at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS received_by ON received (external_userid, chat_id, kind, at);
CREATE INDEX IF NOT EXISTS received_same ON received (external_userid, content_key);

CREATE TABLE IF NOT EXISTS media (
    media_id TEXT PRIMARY KEY, kind TEXT NOT NULL, filename TEXT NOT NULL, bytes INTEGER NOT NULL,
    created_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS staff_messages (
    id INTEGER PRIMARY KEY, userid TEXT NOT NULL, msgid TEXT NOT NULL, body TEXT NOT NULL, at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS staff_messages_userid ON staff_messages (userid);
CREATE TABLE IF NOT EXISTS robots (key TEXT PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS robot_messages (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL, body TEXT NOT NULL, at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS robot_messages_key ON robot_messages (key, at);

CREATE TABLE IF NOT EXISTS faults (
    id INTEGER PRIMARY KEY, path TEXT NOT NULL, timing TEXT NOT NULL, errcode INTEGER, http_status INTEGER,
    delay_s REAL NOT NULL, dropped INTEGER NOT NULL, times INTEGER, rate REAL NOT NULL, seed INTEGER NOT NULL,
    seen INTEGER NOT NULL DEFAULT 0, hit INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS callbacks (
    id INTEGER PRIMARY KEY, body TEXT NOT NULL, state TEXT NOT NULL DEFAULT 'pending', attempts INTEGER NOT NULL DEFAULT 0,
    next_at REAL NOT NULL, last_status INTEGER, last_error TEXT);
CREATE INDEX IF NOT EXISTS callbacks_pending ON callbacks (next_at) WHERE state = 'pending';
"""
