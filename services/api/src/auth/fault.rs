//! Why a token was refused: for our logs and metrics, never for the caller.

/// The first thing that was wrong with a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[expect(missing_docs, reason = "each variant's sentence says what it means")]
pub enum TokenFault {
    #[error("it is longer than 4 KiB")]
    TooLong,
    #[error("it does not have three parts of base64url")]
    Malformed,
    #[error("its header or its claims are not one strict JSON object")]
    NotStrictJson,
    #[error("its header brings keys, extensions or encodings along")]
    ForbiddenHeader,
    #[error("its type is not at+jwt")]
    WrongType,
    #[error("its algorithm is not allowed for its issuer or its key")]
    AlgorithmNotAllowed,
    #[error("its key id is missing or malformed")]
    BadKeyId,
    #[error("its issuer is missing or unknown")]
    UnknownIssuer,
    #[error("its key is unknown")]
    UnknownKey,
    #[error("its signature is wrong")]
    BadSignature,
    #[error("a claim is missing or of the wrong type")]
    BadClaims,
    #[error("it is for another audience")]
    WrongAudience,
    #[error("its subject is not a worker id")]
    BadSubject,
    #[error("it has expired")]
    Expired,
    #[error("it is not valid yet")]
    NotYetValid,
    #[error("it lives longer than is allowed")]
    LivesTooLong,
}
