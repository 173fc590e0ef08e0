//! Root keys that never leave a token: a hardware module, or SoftHSM, behind PKCS#11.
//!
//! The token holds an AES-256 key labelled `safar-<compartment>`, which the operator has made, and beside it one for each epoch
//! of each log, `safar-<compartment>-<log>-epoch-<n>`, which is made here and destroyed with its epoch. The token encrypts and
//! decrypts:
//! ```text
//! wrapped = version (1: 0x02) ‖ nonce (12) ‖ AES-256-GCM(key of the token, key) with tag (48)
//! ```
//! Bound into it is what the wrapped key is for, as in every other wrapping.

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use cryptoki::{
    context::{CInitializeArgs, CInitializeFlags, Function, Pkcs11},
    error::{Error, RvError},
    mechanism::{Mechanism, aead::GcmParams},
    object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle},
    session::{Session, UserType},
    types::AuthPin,
};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::{Holder, RootKey, wrapping::EPOCH};
use crate::{
    Compartment, RootKeyError, VaultError, Why,
    key::{self, KEY, Key},
    wrap::{For, UNDER_TOKEN},
};

const NONCE: usize = 12;
const TAG_BITS: u64 = 128;

/// A token in which root keys are kept.
pub struct Token {
    module: Pkcs11,
    label: String,
    pin: AuthPin,
    /// One session at a time: the keys of a process are unwrapped at its start and when an epoch begins.
    session: Mutex<Option<Session>>,
}

impl Token {
    /// Loads the module, finds the token by its label and signs in.
    pub fn open(module: &Path, label: &str, pin: &str) -> Result<Arc<Self>, RootKeyError> {
        let failed = |error: Error| RootKeyError::Token { label: label.to_owned(), error: error.to_string() };
        let module = Pkcs11::new(module).map_err(failed)?;
        match module.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
            Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => (),
            Err(error) => return Err(failed(error)),
        }
        let token =
            Self { module, label: label.to_owned(), pin: pin.to_owned().into(), session: Mutex::new(None) };
        token.in_session(|_| Ok(())).map_err(failed)?;
        Ok(Arc::new(token))
    }

    /// The root key of a compartment, if the token holds it.
    pub fn root(self: &Arc<Self>, compartment: Compartment) -> Result<Option<RootKey>, RootKeyError> {
        let label = root_label(compartment);
        match self.in_session(|session| Ok(find(session, &label)?.len())) {
            Ok(0) => Ok(None),
            Ok(1) => Ok(Some(RootKey(Holder::Token(self.clone(), compartment)))),
            Ok(_) => Err(self.unusable(format!("it has more than one key {label}"))),
            Err(error) => Err(self.unusable(error.to_string())),
        }
    }

    /// What the operator does with a tool of the token.
    #[cfg(test)]
    pub(crate) fn generate_root(&self, compartment: Compartment) {
        self.in_session(|session| generate(session, &root_label(compartment))).unwrap();
    }

    #[cfg(test)]
    pub(crate) fn import_root(&self, compartment: Compartment, key: &[u8]) {
        let template = [
            Attribute::Class(ObjectClass::SECRET_KEY),
            Attribute::KeyType(KeyType::AES),
            Attribute::Token(true),
            Attribute::Encrypt(true),
            Attribute::Decrypt(true),
            Attribute::Label(root_label(compartment).into_bytes()),
            Attribute::Value(key.to_vec()),
        ];
        self.in_session(|session| session.create_object(&template)).unwrap();
    }

    /// How the root key of a compartment is called here.
    pub(super) fn name_of(&self, compartment: Compartment) -> String {
        format!("{} of the token {}", root_label(compartment), self.label)
    }

    pub(super) fn wrap(&self, what: &For<'_>, key: &Key) -> Result<Vec<u8>, VaultError> {
        let (label, associated) = (label_for(what), what.associated());
        let mut nonce: [u8; NONCE] = key::random();
        let sealed = self.in_session(|session| {
            let above = match find(session, &label)?.first() {
                Some(above) => *above,
                None if what.purpose == EPOCH => generate(session, &label)?,
                None => return Ok(None),
            };
            let gcm = GcmParams::new(&mut nonce, &associated, TAG_BITS.into())?;
            session.encrypt(&Mechanism::AesGcm(gcm), above, key.expose()).map(Some)
        });
        let sealed = sealed.map_err(|error| self.away(&error))?.ok_or(Why::WrongRoot)?;
        Ok([&[UNDER_TOKEN], nonce.as_slice(), &sealed].concat())
    }

    /// Two nodes that began one epoch at once have made a key each; the one that was taken is among them.
    pub(super) fn unwrap(&self, what: &For<'_>, wrapped: &[u8]) -> Result<Key, VaultError> {
        const CUT: VaultError = VaultError::Damaged("a row of the key store");
        let (label, associated) = (label_for(what), what.associated());
        let (nonce, sealed) = wrapped[1..].split_first_chunk::<NONCE>().ok_or(CUT)?;
        let gone = if what.purpose == EPOCH { Why::EpochGone } else { Why::WrongRoot };
        let opened = self.in_session(|session| {
            let candidates = find(session, &label)?;
            let why = if candidates.is_empty() { gone.clone() } else { Why::WrongRoot };
            for candidate in candidates {
                let mut nonce = *nonce;
                let gcm = GcmParams::new(&mut nonce, &associated, TAG_BITS.into())?;
                match session.decrypt(&Mechanism::AesGcm(gcm), candidate, sealed) {
                    Ok(bytes) => return Ok(Ok(Zeroizing::new(bytes))),
                    // Modules do not agree on what they call a wrong tag; whether the token is still there can be asked.
                    Err(_) => drop(session.get_session_info()?),
                }
            }
            Ok(Err(why))
        });
        let bytes = opened.map_err(|error| self.away(&error))??;
        let mut key = Zeroizing::new([0; KEY]);
        if bytes.len() != KEY {
            return Err(CUT);
        }
        key.copy_from_slice(&bytes);
        Ok(Key::new(key))
    }

    /// Destroys the keys of all epochs of a log's compartment before this one.
    pub(super) fn end_before(
        &self,
        log: Uuid,
        compartment: Compartment,
        first: i64,
    ) -> Result<(), VaultError> {
        let start = start_of(log, compartment);
        let over = |label: &str| {
            label.strip_prefix(&start).is_some_and(|n| n.parse::<i64>().is_ok_and(|n| n < first))
        };
        let swept = self.in_session(|session| {
            for key in session.find_objects(&[Attribute::Class(ObjectClass::SECRET_KEY)])? {
                let known = session.get_attributes(key, &[AttributeType::Label])?;
                let Some(Attribute::Label(label)) = known.first() else { continue };
                if over(&String::from_utf8_lossy(label)) {
                    session.destroy_object(key)?;
                }
            }
            Ok(())
        });
        swept.map_err(|error| self.away(&error))
    }

    /// Does something in a session that is signed in; one that has broken off is begun anew, once.
    fn in_session<T>(&self, mut act: impl FnMut(&Session) -> Result<T, Error>) -> Result<T, Error> {
        let mut held = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(session) = held.as_ref() {
            if let Ok(done) = act(session) {
                return Ok(done);
            }
            *held = None;
        }
        let session = self.sign_in()?;
        let done = act(&session);
        *held = Some(session);
        done
    }

    fn sign_in(&self) -> Result<Session, Error> {
        for slot in self.module.get_slots_with_token()? {
            if self.module.get_token_info(slot)?.label().trim_end() != self.label {
                continue;
            }
            let session = self.module.open_rw_session(slot)?;
            return match session.login(UserType::User, Some(&self.pin)) {
                Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => Ok(session),
                Err(error) => Err(error),
            };
        }
        Err(Error::Pkcs11(RvError::TokenNotPresent, Function::GetTokenInfo))
    }

    fn away(&self, error: &Error) -> VaultError {
        Why::RootAway(self.unusable(error.to_string()).to_string()).into()
    }

    fn unusable(&self, error: String) -> RootKeyError {
        RootKeyError::Token { label: self.label.clone(), error }
    }
}

fn root_label(compartment: Compartment) -> String {
    format!("safar-{}", compartment.code())
}

fn label_for(what: &For<'_>) -> String {
    if what.purpose == EPOCH {
        format!("{}{}", start_of(what.log, what.compartment), what.which)
    } else {
        root_label(what.compartment)
    }
}

/// How the labels of all keys of epochs of a log's compartment begin.
fn start_of(log: Uuid, compartment: Compartment) -> String {
    format!("{}-{log}-epoch-", root_label(compartment))
}

fn find(session: &Session, label: &str) -> Result<Vec<ObjectHandle>, Error> {
    let class = Attribute::Class(ObjectClass::SECRET_KEY);
    session.find_objects(&[class, Attribute::Label(label.as_bytes().to_vec())])
}

/// A key that can be used in the token and neither read nor taken out of it.
fn generate(session: &Session, label: &str) -> Result<ObjectHandle, Error> {
    let template = [
        Attribute::KeyType(KeyType::AES),
        Attribute::ValueLen((KEY as u64).into()),
        Attribute::Token(true),
        Attribute::Private(true),
        Attribute::Sensitive(true),
        Attribute::Extractable(false),
        Attribute::Encrypt(true),
        Attribute::Decrypt(true),
        Attribute::Label(label.as_bytes().to_vec()),
    ];
    session.generate_key(&Mechanism::AesKeyGen, &template)
}
