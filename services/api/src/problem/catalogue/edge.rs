//! The problems that the edge itself finds, before any rule is asked.

use super::Kind;

macro_rules! kinds {
    ($($name:ident = $status:literal $code:literal, $title:literal, $explanation:literal, $remedy:literal;)*) => {
        $(
            #[doc = $title]
            pub const $name: Kind = Kind {
                code: $code,
                status: $status,
                title: $title,
                explanation: $explanation,
                remedy: $remedy,
            };
        )*

        /// All of them.
        pub(super) const EDGE: &[Kind] = &[$($name),*];
    };
}

kinds! {
    BAD_REQUEST = 400 "bad_request", "The request is malformed",
        "The request does not follow HTTP or the conventions of this interface.",
        "Compare the request with the OpenAPI document.";
    MALFORMED_BODY = 400 "malformed_body", "The body is not valid JSON",
        "The body is not one JSON document in UTF-8, without duplicate keys and no deeper than 64 levels.",
        "Send one JSON document; look at the line and the column in the detail.";
    INVALID_BODY = 400 "invalid_body", "The body has the wrong shape",
        "A field is missing, unknown, null or of the wrong type.",
        "Correct the places listed in `errors`; the fields of each command are in the OpenAPI document.";
    INVALID_QUERY = 400 "invalid_query", "The query is not understood",
        "A query parameter is unknown, given twice or malformed.",
        "Correct the parameters listed in `errors`; those of each route are in the OpenAPI document.";
    DUPLICATE_HEADER = 400 "duplicate_header", "A header is given twice",
        "A header that may be there once is there more than once.",
        "Send the header once.";
    IDEMPOTENCY_KEY_MISSING = 400 "idempotency_key_missing", "The Idempotency-Key is missing",
        "Every POST carries an Idempotency-Key, so that it can be repeated safely.",
        "Make a new UUID for each command and keep it when you repeat the command.";
    IDEMPOTENCY_KEY_INVALID = 400 "idempotency_key_invalid", "The Idempotency-Key is not a UUID",
        "An Idempotency-Key is one UUID with hyphens.",
        "Make a new UUID for each command and keep it when you repeat the command.";
    IF_MATCH_INVALID = 400 "if_match_invalid", "If-Match is not a revision",
        "If-Match carries one strong entity tag with a revision, such as \"3\". Wildcards, lists and weak tags are refused.",
        "Send back the ETag that you got when you read the record.";
    POSITION_INVALID = 400 "position_invalid", "The position is not one of ours",
        "A position is a token that this service gave out in Safar-Position.",
        "Send back a Safar-Position as you got it, or leave it out.";
    CURSOR_INVALID = 400 "cursor_invalid", "The cursor is not valid here",
        "A cursor is valid for the one who got it, on the route that gave it.",
        "Begin again with the first page.";
    TOKEN_MISSING = 401 "token_missing", "No access token",
        "This route needs an access token.",
        "Send Authorization: Bearer with an access token of a configured issuer.";
    TOKEN_REFUSED = 401 "token_refused", "The access token is refused",
        "The access token is malformed, expired, not yet valid, not for this service or not signed by a known key.",
        "Get a new access token from your identity provider.";
    FORBIDDEN = 403 "forbidden", "Your role does not allow this",
        "Your role does not have the right to use this function.",
        "Ask a colleague whose role has it, or your administrator.";
    OFF_DUTY = 403 "off_duty", "You are off duty",
        "The directory says that you are on leave today, so nothing of patients is open to you.",
        "If you are at work, ask your administrator to end the leave. What you did offline before is received; in an emergency a clinician may open one case.";
    STEP_UP_REQUIRED = 403 "step_up_required", "Please authenticate again",
        "This needs an authentication that is younger than fifteen minutes.",
        "Authenticate again at your identity provider and repeat the request with the new token.";
    NOT_FOUND = 404 "not_found", "Not found",
        "There is nothing here that you can see.",
        "Check the address; what is outside your work looks as if it did not exist.";
    METHOD_NOT_ALLOWED = 405 "method_not_allowed", "The method is not allowed here",
        "This address exists, but not for this method.",
        "Use one of the methods in the Allow header.";
    NOT_ACCEPTABLE = 406 "not_acceptable", "This media type cannot be answered",
        "The answer is application/json or application/problem+json, a paper application/pdf, an evidence pack application/zip, and the Accept header allows none of them.",
        "Send Accept: application/json, for a paper application/pdf, for an evidence pack application/zip, or no Accept header.";
    REQUEST_TIMEOUT = 408 "request_timeout", "The request took too long to arrive",
        "The whole body has to arrive within ten seconds.",
        "Send it again over a better link, or in smaller parts.";
    COMMAND_RUNNING = 409 "command_running", "The same command is still running",
        "A command with this Idempotency-Key is being carried out at this moment.",
        "Wait a second and repeat it with the same key; you get its outcome.";
    CLAIM_CODE_ABSENT = 409 "claim_code_absent", "There is no claim code in force",
        "No claim code was issued for this handoff, or it was used, has expired, or was issued under another secret.",
        "Issue a new one.";
    ERASED = 410 "erased", "It was erased",
        "What was recorded here was erased for good; its key no longer exists.",
        "Nothing can bring it back; begin a new record if one is needed.";
    STALE_REVISION = 412 "stale_revision", "Someone else was faster",
        "The record has changed since the revision in If-Match.",
        "Read it again, look at what changed, and decide again with the new ETag.";
    BODY_TOO_LARGE = 413 "body_too_large", "The body is too large",
        "A command is at most 64 KiB, a batch at most 1 MiB.",
        "Send less at once.";
    URI_TOO_LONG = 414 "uri_too_long", "The address is too long",
        "The address of the request is longer than this service reads.",
        "Shorten the query.";
    UNSUPPORTED_MEDIA_TYPE = 415 "unsupported_media_type", "The body is not declared as JSON",
        "A body has to be application/json, in UTF-8 and without content coding.",
        "Send Content-Type: application/json.";
    DEPENDENCY_FAILED = 424 "dependency_failed", "An earlier command of the batch was refused",
        "This command names an earlier one of the same batch, and that one was not carried out.",
        "Mend the earlier command and send both again under their keys.";
    INVALID_VALUES = 422 "invalid_values", "A value is not acceptable",
        "The body has the right shape, but a value in it is not acceptable.",
        "Correct the places listed in `errors`.";
    IDEMPOTENCY_KEY_REUSED = 422 "idempotency_key_reused", "The Idempotency-Key belongs to another command",
        "This Idempotency-Key was used before for a command with another body or address.",
        "Make a new UUID for each command.";
    IF_MATCH_MISSING = 428 "if_match_missing", "If-Match is missing",
        "A command on something that exists has to say which revision it was decided on.",
        "Read the record and send its ETag as If-Match.";
    TOO_MANY_REQUESTS = 429 "too_many_requests", "Too many requests",
        "You have sent more requests than your share.",
        "Wait as long as Retry-After says.";
    READING_BUDGET_EXCEEDED = 429 "reading_budget_exceeded", "More records than a day's work needs",
        "You have opened as many different records today as your role needs in a day. The auditors have been told.",
        "Records that you have opened today stay open to you; go on with others tomorrow, or talk to your supervisor.";
    HEADERS_TOO_LARGE = 431 "headers_too_large", "The headers are too large",
        "The headers of the request are larger than this service reads.",
        "Send fewer or shorter headers.";
    INTERNAL_ERROR = 500 "internal_error", "An error on our side",
        "Something failed on our side; it has been recorded.",
        "Try again with the same Idempotency-Key; if it stays, report the `instance`.";
    BUSY = 503 "busy", "The service is busy",
        "More is being asked at this moment than the service can carry.",
        "Wait as long as Retry-After says and repeat the request with the same Idempotency-Key.";
    POSITION_NOT_REACHED = 503 "position_not_reached", "The answer is not as new as you asked",
        "The read model has not reached the position in min_position yet.",
        "Wait as long as Retry-After says and read again.";
    STORE_UNAVAILABLE = 503 "store_unavailable", "The log cannot be reached",
        "The log did not answer, so it is not known whether a command was carried out.",
        "Repeat the command with the same Idempotency-Key; you get its first outcome, or it is carried out once.";
    ACCESS_LOG_UNAVAILABLE = 503 "access_log_unavailable", "Readings cannot be written down",
        "Nothing of a patient is shown before the reading is in the access log, and that cannot be written at this moment.",
        "Wait as long as Retry-After says and read again. Commands and the directory go on; if it stays, tell the operator.";
    LEDGER_UNSIGNED = 503 "ledger_unsigned", "This node signs no checkpoints",
        "An evidence pack rests on a signed checkpoint of the log, and this node has no key to sign one.",
        "Tell the operator, who sets ledger.key_file, or ask another node.";
    KEY_UNAVAILABLE = 503 "key_unavailable", "The key is not available",
        "What you asked for is sealed, and this service has no key for it at this moment. Nothing was recorded.",
        "Wait as long as Retry-After says and repeat the request with the same Idempotency-Key; if it stays, tell the operator.";
    OUTCOME_UNKNOWN = 503 "outcome_unknown", "It is not known whether this was recorded",
        "The connection to the log broke while the command was being written.",
        "Repeat the command with the same Idempotency-Key; you get its first outcome, or it is carried out once.";
    INTEGRITY_ERROR = 500 "integrity_error", "A stored fact is damaged",
        "What is stored does not match its proof, so it is not shown.",
        "Tell the operator, who runs safar verify and restores the log from a copy.";
    STORAGE_FULL = 507 "storage_full", "No room to write",
        "The disk of the log is full. What was acknowledged is kept.",
        "Tell the operator; repeat the command with the same Idempotency-Key once there is room.";
}
