CREATE TABLE log (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    id TEXT NOT NULL -- stands for the log in everything that is sealed for it
) STRICT;

-- The key under which things of a compartment are named; it outlives all epochs.
CREATE TABLE compartments (
    compartment TEXT PRIMARY KEY,
    fingerprint TEXT NOT NULL,
    wrapped BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE epochs (
    compartment TEXT NOT NULL REFERENCES compartments (compartment),
    epoch INTEGER NOT NULL CHECK (epoch >= 1),
    fingerprint TEXT NOT NULL,
    wrapped BLOB NOT NULL,
    PRIMARY KEY (compartment, epoch)
) STRICT, WITHOUT ROWID;

-- A subject whose key was destroyed keeps its row: erased is not the same as never known.
CREATE TABLE subjects (
    compartment TEXT NOT NULL,
    subject TEXT NOT NULL,
    key_id TEXT NOT NULL UNIQUE,
    epoch INTEGER,
    wrapped BLOB,
    PRIMARY KEY (compartment, subject),
    FOREIGN KEY (compartment, epoch) REFERENCES epochs (compartment, epoch),
    CHECK ((epoch IS NULL) = (wrapped IS NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX subjects_by_epoch ON subjects (compartment, epoch, subject);
