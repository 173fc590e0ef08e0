//! Refusals: the rule that forbids a command, with a stable code and a sentence for the worker.

/// How a refusal reads to the one who asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalKind {
    /// The thing does not exist, or must look as if it did not (404).
    Absent,
    /// The state forbids it now (409).
    Conflict,
    /// The values are wrong and would be wrong at any time (422).
    Invalid,
    /// The rules keep this step from this person, who may know of the thing (403).
    Forbidden,
    /// The worker has had as much of it as the rules give, for now (429).
    Exhausted,
}

/// A rule that said no.
pub trait Refusal: std::error::Error + Clone + 'static {
    /// The stable code that clients may rely on, in `snake_case`.
    fn code(&self) -> &'static str;
    /// Whether the state or the values stand in the way.
    fn kind(&self) -> RefusalKind;
    /// What the sentence names, each under its own name, for programs that read no sentences.
    fn named(&self) -> Vec<(&'static str, String)>;
}

/// Declares the refusals of one stage: variant, kind, code and the sentence a worker reads.
macro_rules! refusals {
    ($(#[$meta:meta])* $name:ident {
        $($variant:ident $({ $($field:ident : $ty:ty),* })? = $kind:ident $code:literal, $text:literal;)*
    }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
        #[expect(missing_docs, reason = "each variant's sentence says what it means")]
        pub enum $name {
            $(#[error($text)] $variant $({ $($field: $ty),* })?,)*
        }

        impl $crate::refusal::Refusal for $name {
            fn code(&self) -> &'static str {
                match self { $(Self::$variant { .. } => $code,)* }
            }

            fn kind(&self) -> $crate::refusal::RefusalKind {
                match self { $(Self::$variant { .. } => $crate::refusal::RefusalKind::$kind,)* }
            }

            fn named(&self) -> Vec<(&'static str, String)> {
                match self {
                    $(Self::$variant $({ $($field),* })? => {
                        vec![$($((stringify!($field), $field.to_string())),*)?]
                    })*
                }
            }
        }

        impl $name {
            /// Every code of this stage with its kind and its sentence, for the catalogue of problems.
            pub const CODES: &'static [(&'static str, $crate::refusal::RefusalKind, &'static str)] =
                &[$(($code, $crate::refusal::RefusalKind::$kind, $text),)*];
        }
    };
}

/// Joins the refusals of several stages into the one type that a rulebook answers with.
macro_rules! refusal_union {
    ($(#[$meta:meta])* $name:ident { $($variant:ident($inner:ty),)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
        #[expect(missing_docs, reason = "each variant is documented where its stage is")]
        pub enum $name { $(#[error(transparent)] $variant(#[from] $inner),)* }

        impl $crate::refusal::Refusal for $name {
            fn code(&self) -> &'static str {
                match self { $(Self::$variant(inner) => inner.code(),)* }
            }

            fn kind(&self) -> $crate::refusal::RefusalKind {
                match self { $(Self::$variant(inner) => inner.kind(),)* }
            }

            fn named(&self) -> Vec<(&'static str, String)> {
                match self { $(Self::$variant(inner) => inner.named(),)* }
            }
        }

        impl $name {
            /// Every code that this rulebook can answer with.
            pub fn codes() -> Vec<(&'static str, $crate::refusal::RefusalKind, &'static str)> {
                [$(<$inner>::CODES,)*].concat()
            }
        }
    };
}

pub(crate) use refusal_union;
pub(crate) use refusals;
