-- The texts are stored as written, without HTML escapes: the limits of length count what the author wrote.
CREATE TABLE posts (
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- never given twice, also after a delete
    title TEXT NOT NULL,
    content TEXT,
    author TEXT NOT NULL,
    view_count INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL -- milliseconds since 1970-01-01T00:00:00Z
);

CREATE INDEX posts_newest ON posts (created_at DESC, id DESC);
