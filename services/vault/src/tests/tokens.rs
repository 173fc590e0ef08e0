//! Root keys in a token, tried with SoftHSM (Debian's `softhsm2`), which `tests/run` installs.

use std::{
    path::Path,
    process::Command,
    sync::{Arc, LazyLock},
};

use super::{HIV, place, store};
use crate::{Compartment, Held, RootKey, RootKeyError, RootKeys, Token, Vault, VaultError, Why};

const PIN: &str = "1234";
const FOLDER: &str = "SAFAR_TEST_TOKEN_FOLDER";
const MODULES: [&str; 3] = [
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
];

fn module() -> &'static Path {
    static FOUND: LazyLock<&Path> = LazyLock::new(|| {
        let found = MODULES.iter().map(Path::new).find(|path| path.exists());
        found.expect("SoftHSM is installed: apt-get install softhsm2")
    });
    &FOUND
}

/// SoftHSM reads its configuration once in a process, so each test runs again in a process that has a token of its own.
fn with_a_token(test: &str, body: impl AsyncFnOnce(&Path)) {
    if let Some(folder) = std::env::var_os(FOLDER) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        return runtime.block_on(body(Path::new(&folder)));
    }
    let folder = tempfile::tempdir().unwrap();
    let (configuration, tokens) = (folder.path().join("softhsm2.conf"), folder.path().join("tokens"));
    std::fs::create_dir(&tokens).unwrap();
    std::fs::write(&configuration, format!("directories.tokendir = {}\n", tokens.display())).unwrap();
    let run = |command: &mut Command| {
        let output = command.env("SOFTHSM2_CONF", &configuration).output().unwrap();
        assert!(output.status.success(), "{output:?}");
    };
    let label = ["--init-token", "--free", "--label", "safar"];
    run(Command::new("softhsm2-util").args(label).args(["--pin", PIN, "--so-pin", PIN]));
    let name = format!("tests::tokens::{test}");
    let again = std::env::current_exe().unwrap();
    run(Command::new(again).args(["--exact", &name]).env(FOLDER, folder.path()));
}

fn token() -> Arc<Token> {
    Token::open(module(), "safar", PIN).unwrap()
}

/// The root key of a token in which the operator has made one.
fn root() -> RootKey {
    let token = token();
    token.generate_root(HIV);
    token.root(HIV).unwrap().unwrap()
}

async fn opened(folder: &Path, root: &RootKey) -> Vault {
    Vault::open(store(folder).await, &RootKeys::none().with(HIV, root.clone())).await.unwrap()
}

#[test]
fn what_is_sealed_under_a_token_opens_with_it_and_with_nothing_else() {
    with_a_token("what_is_sealed_under_a_token_opens_with_it_and_with_nothing_else", async |folder| {
        let root = root();
        let sealed = opened(folder, &root).await.seal(HIV, &place(1), b"a word").await.unwrap();
        let again = opened(folder, &token().root(HIV).unwrap().unwrap()).await;
        assert_eq!(again.unseal(HIV, &place(1), &sealed).await.unwrap().as_slice(), b"a word");
        assert_eq!(root.fingerprint(), "safar-hiv of the token safar");
        let stranger = opened(folder, &RootKey::parse(super::ROOT, "a test").unwrap()).await;
        assert_eq!(stranger.holds(HIV), Held::WrongRoot);
    });
}

#[test]
fn a_token_has_the_keys_that_were_made_in_it_and_takes_no_wrong_pin() {
    with_a_token("a_token_has_the_keys_that_were_made_in_it_and_takes_no_wrong_pin", async |_| {
        let refused = |label, pin: &str| Token::open(module(), label, pin).err().unwrap();
        assert!(matches!(refused("safar", "0000"), RootKeyError::Token { .. }));
        assert!(matches!(refused("other", PIN), RootKeyError::Token { .. }));
        assert!(token().root(HIV).unwrap().is_none());
        root();
        assert!(token().root(Compartment::Identity).unwrap().is_none());
        token().generate_root(HIV);
        assert!(matches!(token().root(HIV), Err(RootKeyError::Token { .. })), "two keys of one name");
    });
}

#[test]
fn a_key_store_of_another_token_or_for_another_purpose_does_not_open() {
    with_a_token("a_key_store_of_another_token_or_for_another_purpose_does_not_open", async |folder| {
        let root = root();
        opened(folder, &root).await;
        let names = store(folder).await.names(HIV).await.unwrap().unwrap();
        let log = store(folder).await.log;
        let what = crate::wrap::For { log, compartment: HIV, purpose: "names", which: "" };
        assert!(root.unwrap(&what, &names.bytes).is_ok());
        let moved = crate::wrap::For { log: uuid::Uuid::nil(), ..what };
        let mut changed = names.bytes.clone();
        changed[20] ^= 1;
        assert_eq!(root.unwrap(&moved, &names.bytes).err(), Some(Why::WrongRoot.into()));
        let what = crate::wrap::For { log, compartment: HIV, purpose: "names", which: "" };
        assert_eq!(root.unwrap(&what, &changed).err(), Some(Why::WrongRoot.into()));
        assert_eq!(
            root.unwrap(&what, &changed[..9]).err(),
            Some(VaultError::Damaged("a row of the key store"))
        );
    });
}

#[test]
fn an_epoch_that_was_destroyed_in_the_token_does_not_come_back_with_a_backup() {
    with_a_token(
        "an_epoch_that_was_destroyed_in_the_token_does_not_come_back_with_a_backup",
        async |folder| {
            let root = root();
            super::halves::a_backup_from_before_a_rotation_opens_nothing(folder, &root).await;
        },
    );
}

#[test]
fn two_logs_that_share_a_token_end_only_their_own_epochs() {
    with_a_token("two_logs_that_share_a_token_end_only_their_own_epochs", async |folder| {
        let root = root();
        super::halves::a_rotation_leaves_the_epochs_of_another_log_alone(folder, &root).await;
    });
}

#[test]
fn a_key_that_was_wrapped_in_a_token_long_ago_is_unwrapped() {
    with_a_token("a_key_that_was_wrapped_in_a_token_long_ago_is_unwrapped", async |_| {
        token().import_root(HIV, &[5; 32]);
        let root = token().root(HIV).unwrap().unwrap();
        let log = uuid::Uuid::from_u128(1);
        let what = crate::wrap::For { log, compartment: HIV, purpose: "names", which: "" };
        let wrapped = "02090909090909090909090909d58f23b679e17bdab9469028f53bc08433d9c31ed3b3925cab904c8acbcf3f46a79b98f1ba7e506553932ca375db1202";
        assert!(root.unwrap(&what, &super::golden::bytes(wrapped)).unwrap().is(&[6; 32]));
    });
}
