-- The log on PostgreSQL 15 or newer. Run by `safar migrate` in one transaction, as a superuser or as a role with CREATEROLE
-- that may create schemas. `safar_log` stands for the name of the schema wherever it occurs, also in the names of roles.

DO $$
DECLARE
  _role text;
BEGIN
  FOREACH _role IN ARRAY ARRAY['safar_log_owner', 'safar_log_writer', 'safar_log_reader'] LOOP
    BEGIN
      EXECUTE format('CREATE ROLE %I NOLOGIN', _role);
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;  -- roles belong to the server, not to the database
    END;
  END LOOP;
  IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
    BEGIN
      EXECUTE format('GRANT safar_log_owner TO %I', current_user);
    EXCEPTION WHEN insufficient_privilege THEN NULL;  -- an administrator may have done it already
    END;
  END IF;
END $$;

CREATE SCHEMA safar_log AUTHORIZATION safar_log_owner;
SET LOCAL ROLE safar_log_owner;

CREATE TABLE safar_log.version (
  version     integer     PRIMARY KEY,
  migrated_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
INSERT INTO safar_log.version (version) VALUES (1);

-- Times are microseconds since 1970, as the ledger hashes them. The order of columns avoids padding.
CREATE TABLE safar_log.event (
  position    bigint  NOT NULL,
  revision    bigint  NOT NULL,
  occurred_at bigint  NOT NULL,
  recorded_at bigint  NOT NULL,
  ordinal     integer NOT NULL,
  event_id    uuid    NOT NULL,
  command_id  uuid    NOT NULL,
  stream      text    COLLATE "C" NOT NULL,
  event_type  text    COLLATE "C" NOT NULL,
  actor       text    COLLATE "C" NOT NULL,
  fingerprint bytea   NOT NULL,
  leaf_hash   bytea   NOT NULL,
  metadata    text    NOT NULL,  -- a JSON object, kept as the bytes that were hashed
  payload     bytea   NOT NULL,
  CONSTRAINT event_position PRIMARY KEY (position),
  CONSTRAINT event_revision UNIQUE (stream, revision),
  CONSTRAINT event_command UNIQUE (actor, command_id, ordinal),
  CONSTRAINT event_shape CHECK (
    position >= 1 AND revision >= 1 AND ordinal >= 0
    AND length(stream) BETWEEN 3 AND 161 AND length(event_type) BETWEEN 1 AND 128 AND length(actor) BETWEEN 1 AND 128
    AND length(metadata) >= 2 AND octet_length(fingerprint) = 32 AND octet_length(leaf_hash) = 32)
) WITH (autovacuum_vacuum_insert_scale_factor = 0.02);

CREATE FUNCTION safar_log.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'append-only: % of events refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER event_refuses_change BEFORE UPDATE OR DELETE ON safar_log.event
  FOR EACH STATEMENT EXECUTE FUNCTION safar_log.refuse();
CREATE TRIGGER event_refuses_truncate BEFORE TRUNCATE ON safar_log.event
  FOR EACH STATEMENT EXECUTE FUNCTION safar_log.refuse();
-- ALWAYS: also where session_replication_role is set to replica.
ALTER TABLE safar_log.event ENABLE ALWAYS TRIGGER event_refuses_change;
ALTER TABLE safar_log.event ENABLE ALWAYS TRIGGER event_refuses_truncate;

-- One call is one batch, one transaction, one round trip, one sync. Arrays of three lengths: one element per append
-- (its command), per write (one stream of an append), per event. `_..._append` is the place of the append, from 1.
-- The caller sends a stream, and a command, at most once per batch, and events in the order of their appends.
-- Answers what decided: for each append the fingerprint of its command if that was known before, for each write the
-- revision its stream had. An append is stored if its command was unknown and all its streams were as expected.
CREATE FUNCTION safar_log.append(
  _command_actor text[], _command_id uuid[], _command_fingerprint bytea[],
  _write_append integer[], _write_stream text[], _write_expected bigint[],
  _event_append integer[], _stream text[], _revision bigint[], _event_id uuid[], _event_type text[],
  _occurred_at bigint[], _ordinal integer[], _digest bytea[], _metadata text[], _payload bytea[],
  _clock bigint)
RETURNS TABLE (head bigint, stored bigint, recorded_at bigint, known bytea[], actual bigint[])
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, safar_log, pg_temp
SET plan_cache_mode = force_generic_plan  -- else each small batch is planned anew: three times slower
SET jit = off
AS $$
#variable_conflict use_column
DECLARE
  _head bigint; _now bigint; _stored bigint; _known bytea[]; _actual bigint[]; _fits boolean[];
BEGIN
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'append needs READ COMMITTED: an older snapshot would not see the end of the log';
  END IF;
  IF current_setting('synchronous_commit') IN ('off', 'local') THEN
    RAISE EXCEPTION 'append needs synchronous_commit = on: it acknowledges';
  END IF;

  -- From here to the end of the commit nobody else numbers events; what follows sees all that went before.
  PERFORM pg_advisory_xact_lock(hashtextextended('safar_log', 0));
  SELECT e.position, e.recorded_at INTO _head, _now FROM event AS e ORDER BY e.position DESC LIMIT 1;
  _head := coalesce(_head, 0);
  _now := greatest(_now, coalesce(_clock, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint));

  SELECT array_agg(k.fingerprint ORDER BY c.n) INTO _known
    FROM unnest(_command_actor, _command_id) WITH ORDINALITY AS c (actor, id, n)
    LEFT JOIN LATERAL (SELECT e.fingerprint FROM event AS e
                        WHERE e.actor = c.actor AND e.command_id = c.id AND e.ordinal = 0 LIMIT 1) AS k ON true;
  SELECT array_agg(s.revision ORDER BY w.n) INTO _actual
    FROM unnest(_write_stream) WITH ORDINALITY AS w (stream, n)
   CROSS JOIN LATERAL (SELECT coalesce(max(e.revision), 0) AS revision FROM event AS e WHERE e.stream = w.stream) AS s;
  SELECT array_agg(a.fits ORDER BY a.append) INTO _fits
    FROM (SELECT w.append, bool_and(w.actual = w.expected) AS fits
            FROM unnest(_write_append, _write_expected, _actual) AS w (append, expected, actual)
           GROUP BY w.append) AS a;

  INSERT INTO event (position, revision, occurred_at, recorded_at, ordinal, event_id, command_id, stream, event_type,
                     actor, fingerprint, leaf_hash, metadata, payload)
  SELECT p.position, p.revision, p.occurred_at, _now, p.ordinal, p.event_id, _command_id[p.append], p.stream,
         p.event_type, _command_actor[p.append], _command_fingerprint[p.append],
         sha256('\x00'::bytea || int8send(p.position) || int8send(_now) || p.digest), p.metadata, p.payload
    FROM (SELECT e.*, _head + row_number() OVER (ORDER BY e.n) AS position
            FROM unnest(_event_append, _stream, _revision, _event_id, _event_type, _occurred_at, _ordinal, _digest,
                        _metadata, _payload) WITH ORDINALITY
                 AS e (append, stream, revision, event_id, event_type, occurred_at, ordinal, digest, metadata, payload, n)
           WHERE _known[e.append] IS NULL AND _fits[e.append]) AS p
   ORDER BY p.position;
  GET DIAGNOSTICS _stored = ROW_COUNT;

  IF _stored > 0 THEN
    PERFORM pg_notify('safar_log', (_head + _stored)::text);  -- once per batch, and only a hint
  END IF;
  RETURN QUERY SELECT _head, _stored, _now, _known, _actual;
END $$;

REVOKE ALL ON ALL TABLES IN SCHEMA safar_log FROM PUBLIC;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA safar_log FROM PUBLIC;
GRANT USAGE ON SCHEMA safar_log TO safar_log_writer, safar_log_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA safar_log TO safar_log_writer, safar_log_reader;
GRANT EXECUTE ON FUNCTION safar_log.append TO safar_log_writer;
