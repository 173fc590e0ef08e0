-- Run by `safar migrate` in one transaction, as a role that may create schemas and roles.
DO $$
BEGIN
    CREATE ROLE safar_keys_user NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; -- roles belong to the server, not to the database
END $$;

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

-- A node makes keys and destroys those of a subject, and with an erasure ends an epoch, which nothing may be wrapped under
-- any more; it changes no name.
GRANT USAGE ON SCHEMA safar_keys TO safar_keys_user;
GRANT SELECT ON safar_keys.log TO safar_keys_user;
GRANT SELECT, INSERT ON safar_keys.compartments TO safar_keys_user;
GRANT SELECT, INSERT, DELETE ON safar_keys.epochs TO safar_keys_user;
GRANT SELECT, INSERT, UPDATE ON safar_keys.subjects TO safar_keys_user;
