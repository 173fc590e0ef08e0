CREATE TABLE event (
  position    INTEGER PRIMARY KEY,
  stream      TEXT    NOT NULL CHECK (length(stream) BETWEEN 3 AND 161),
  revision    INTEGER NOT NULL CHECK (revision >= 1),
  event_id    BLOB    NOT NULL CHECK (length(event_id) = 16),
  event_type  TEXT    NOT NULL CHECK (length(event_type) BETWEEN 1 AND 128),
  occurred_at INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  actor       TEXT    NOT NULL CHECK (length(actor) BETWEEN 1 AND 128),
  command_id  BLOB    NOT NULL CHECK (length(command_id) = 16),
  ordinal     INTEGER NOT NULL CHECK (ordinal >= 0),
  fingerprint BLOB    NOT NULL CHECK (length(fingerprint) = 32),
  metadata    TEXT    NOT NULL CHECK (length(metadata) >= 2),
  payload     BLOB    NOT NULL,
  leaf_hash   BLOB    NOT NULL CHECK (length(leaf_hash) = 32),
  UNIQUE (stream, revision),
  UNIQUE (actor, command_id, ordinal)
) STRICT;

CREATE TRIGGER event_refuses_update BEFORE UPDATE ON event BEGIN
  SELECT RAISE(ABORT, 'append-only: UPDATE of an event refused');
END;

CREATE TRIGGER event_refuses_delete BEFORE DELETE ON event BEGIN
  SELECT RAISE(ABORT, 'append-only: DELETE of an event refused');
END;

-- INSERT OR REPLACE removes rows without a DELETE trigger wherever recursive_triggers is off: refuse before it can.
CREATE TRIGGER event_follows BEFORE INSERT ON event BEGIN
  SELECT RAISE(ABORT, 'append-only: an event takes the next position of the log')
   WHERE NEW.position IS NOT 1 + coalesce((SELECT max(position) FROM event), 0);
  SELECT RAISE(ABORT, 'append-only: an event takes the next revision of its stream')
   WHERE NEW.revision IS NOT 1 + coalesce((SELECT max(revision) FROM event WHERE stream = NEW.stream), 0);
  SELECT RAISE(ABORT, 'append-only: a command is recorded once')
   WHERE EXISTS (SELECT 1 FROM event
                  WHERE actor = NEW.actor AND command_id = NEW.command_id AND ordinal = NEW.ordinal);
  SELECT RAISE(ABORT, 'append-only: recorded time never runs backwards')
   WHERE NEW.recorded_at < (SELECT recorded_at FROM event ORDER BY position DESC LIMIT 1);
END;
