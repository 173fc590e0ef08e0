CREATE SCHEMA safar_keys;

CREATE TABLE safar_keys.log (
    one bigint PRIMARY KEY CHECK (one = 1),
    id text NOT NULL
);

CREATE TABLE safar_keys.compartments (
    compartment text PRIMARY KEY,
    fingerprint text NOT NULL,
    wrapped bytea NOT NULL
);

CREATE TABLE safar_keys.epochs (
    compartment text NOT NULL REFERENCES safar_keys.compartments (compartment),
    epoch bigint NOT NULL CHECK (epoch >= 1),
    fingerprint text NOT NULL,
    wrapped bytea NOT NULL,
    PRIMARY KEY (compartment, epoch)
);

CREATE TABLE safar_keys.subjects (
    compartment text NOT NULL,
    subject text NOT NULL,
    key_id text NOT NULL UNIQUE,
    epoch bigint,
    wrapped bytea,
    PRIMARY KEY (compartment, subject),
    FOREIGN KEY (compartment, epoch) REFERENCES safar_keys.epochs (compartment, epoch),
    CHECK ((epoch IS NULL) = (wrapped IS NULL))
);

CREATE INDEX subjects_by_epoch ON safar_keys.subjects (compartment, epoch, subject);
