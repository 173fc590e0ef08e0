//! No type that holds a key can be printed or written: this does not compile as soon as one can.

use std::fmt::{Debug, Display};

use crate::{
    RootKey, RootKeys, Vault,
    key::{Key, hex},
};

/// With `Debug` or `Display` there would be two answers to `is`, and the compiler refuses to choose.
macro_rules! cannot {
    ($trait:path: $($secret:ty),*) => {
        $(const _: fn() = || {
            trait Ambiguous<A> {
                fn is() {}
            }
            struct Shown;
            impl<T: ?Sized> Ambiguous<()> for T {}
            impl<T: ?Sized + $trait> Ambiguous<Shown> for T {}
            let _ = <$secret as Ambiguous<_>>::is;
        };)*
    };
}

cannot!(Debug: Key, RootKey, RootKeys, Vault);
cannot!(Display: Key, RootKey, RootKeys, Vault);
cannot!(Copy: Key, RootKey);

#[test]
fn a_fingerprint_tells_keys_apart_and_holds_nothing_of_them() {
    let (one, two) = (Key::random(), Key::random());
    assert_eq!(one.fingerprint(), one.clone().fingerprint());
    assert_ne!(one.fingerprint(), two.fingerprint());
    assert!(!hex(one.expose()).contains(&one.fingerprint()));
}
