//! The two numbers of an event: its place in its stream and its place in the log.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! number {
    ($(#[$doc:meta])* $name:ident, $(#[$zero_doc:meta])* $zero:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(u64);

        impl $name {
            $(#[$zero_doc])*
            pub const $zero: Self = Self(0);

            /// The plain number.
            pub const fn get(self) -> u64 {
                self.0
            }

            /// The number that follows.
            #[must_use]
            pub const fn next(self) -> Self {
                Self(self.0.saturating_add(1))
            }

            /// The number `count` further on.
            #[must_use]
            pub const fn plus(self, count: u64) -> Self {
                Self(self.0.saturating_add(count))
            }

            /// As the engines store it; numbers beyond their range become the largest they know.
            pub(crate) fn as_i64(self) -> i64 {
                i64::try_from(self.0).unwrap_or(i64::MAX)
            }
        }

        impl From<u64> for $name {
            fn from(number: u64) -> Self {
                Self(number)
            }
        }

        impl From<$name> for u64 {
            fn from(number: $name) -> Self {
                number.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

number! {
    /// How many events a stream holds, which is also the number of its last event: 1, 2, 3 … without a hole.
    Revision,
    /// The revision of a stream that does not exist yet.
    ABSENT
}

number! {
    /// The place of an event in the whole log: 1, 2, 3 … without a hole, in commit order.
    Position,
    /// Before the first event: reading after it reads everything.
    START
}
