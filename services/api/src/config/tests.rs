use std::{io::Write, path::Path};

use toml::Table;

use super::{Config, DEFAULTS, KeySource, Sources};

fn file(text: &str) -> (tempfile::NamedTempFile, Sources) {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    let sources = Sources { file: Some(file.path().to_owned()), ..Sources::default() };
    (file, sources)
}

fn variable(name: &str, value: &str) -> Sources {
    Sources { environment: vec![(name.to_owned(), value.to_owned())], ..Sources::default() }
}

fn refusal(sources: &Sources, dev: bool) -> String {
    Config::load(sources, dev).unwrap_err().to_string()
}

#[test]
fn the_manual_and_the_types_have_the_same_keys() {
    let manual: Table = DEFAULTS.parse().unwrap();
    let typed: Table = Config::development().to_toml().parse().unwrap();
    let keys = |table: &Table| -> Vec<String> {
        let sections = table.iter().map(|(name, section)| (name, section.as_table().unwrap()));
        sections.flat_map(|(name, section)| section.keys().map(move |key| format!("{name}.{key}"))).collect()
    };
    assert_eq!(keys(&manual), keys(&typed));
}

#[test]
fn every_key_of_the_manual_has_a_comment() {
    let mut commented = false;
    for line in DEFAULTS.lines() {
        match line {
            "" => commented = false,
            line if line.starts_with('#') => commented = true,
            line if line.starts_with('[') => (),
            line => assert!(commented, "{line}"),
        }
    }
}

#[test]
fn later_layers_win() {
    let (_kept, mut sources) = file("[server]\nlisten = \"127.0.0.1:1\"\nworkers = 1\n[limits]\nburst = 1\n");
    sources.environment = vec![("SAFAR__SERVER__LISTEN".to_owned(), "127.0.0.1:2".to_owned())];
    sources.environment.push(("SAFAR__SERVER__WORKERS".to_owned(), "2".to_owned()));
    sources.environment.push(("SAFAR_OTHER".to_owned(), "not ours".to_owned()));
    sources.flags = vec![("server.listen", "127.0.0.1:3".to_owned())];
    let config = Config::load(&sources, true).unwrap();
    assert_eq!((config.server.listen.port(), config.server.workers, config.limits.burst.get()), (3, 2, 1));
    assert_eq!(config.server.operations_listen, Config::development().server.operations_listen);
}

#[test]
fn an_unknown_key_is_named_with_its_source_and_its_nearest_neighbour() {
    let (kept, sources) = file("[server]\nlistn = \"127.0.0.1:1\"\n");
    let path = kept.path().display();
    assert_eq!(
        refusal(&sources, true),
        format!("{path} sets server.listn, which does not exist; did you mean server.listen?")
    );
    let variable = variable("SAFAR__LIMITS__BURTS", "1");
    assert_eq!(
        refusal(&variable, true),
        "the variable SAFAR__LIMITS__BURTS sets limits.burts, which does not exist; did you mean limits.burst?"
    );
    assert!(refusal(&file("[sever]\nx = 1").1, true).contains("sever"));
    assert!(
        refusal(
            &file("[[auth.issuers]]\nissuer = \"x\"\naudience = \"y\"\nalgorithms = []\nextra = 1").1,
            true
        )
        .contains("extra")
    );
}

#[test]
fn a_value_of_the_wrong_type_is_named_and_not_repeated() {
    assert_eq!(
        refusal(&variable("SAFAR__SERVER__WORKERS", "MARKER"), true),
        "the variable SAFAR__SERVER__WORKERS sets server.workers to the wrong type: it has to be a whole number"
    );
    assert!(
        refusal(&variable("SAFAR__SERVER__LISTEN", "MARKER"), true).starts_with("server.listen is not right")
    );
    assert!(!refusal(&variable("SAFAR__SERVER__LISTEN", "MARKER"), true).contains("MARKER"));
    assert!(refusal(&file("[server]\nlisten = MARKER").1, true).contains("(line 2)"));
}

#[test]
fn issuers_can_be_set_by_file_and_by_environment() {
    let table =
        "{issuer=\"https://a\", audience=\"safar\", algorithms=[\"ES256\"], jwks_url=\"https://a/k\"}";
    let config = Config::load(&variable("SAFAR__AUTH__ISSUERS", &format!("[{table}]")), true).unwrap();
    assert_eq!(config.auth.issuers[0].issuer, "https://a");
    for insecure in ["http://a/k", "http://127.0.0.1:80@a/k", "https://u:p@a/k", "ftp://a/k", "a/k"] {
        let insecure = table.replace("https://a/k", insecure);
        assert!(
            refusal(&variable("SAFAR__AUTH__ISSUERS", &format!("[{insecure}]")), true).contains("https://")
        );
    }
    let discovered = table.replace("jwks_url=\"https://a/k\"", "discover=true");
    let source = |table: &str| {
        let config = Config::load(&variable("SAFAR__AUTH__ISSUERS", &format!("[{table}]")), true);
        config.map(|config| config.auth.issuers[0].key_source().unwrap())
    };
    assert_eq!(source(&discovered).unwrap(), KeySource::Discovered);
    assert!(source(&discovered.replace("https://a", "http://a")).is_err());
    assert!(source(&table.replace('}', ", discover=true}")).is_err());
    assert!(
        refusal(&variable("SAFAR__AUTH__ISSUERS", &format!("[{table},{table}]")), true).contains("twice")
    );
    assert!(
        Config::load(
            &variable("SAFAR__AUTH__ISSUERS", &format!("[{}]", table.replace("ES256", "HS256"))),
            true
        )
        .is_err()
    );
}

#[test]
fn without_dev_a_secret_and_an_issuer_are_asked_for() {
    assert!(Config::read(&Sources::default()).is_ok());
    assert!(refusal(&Sources::default(), false).starts_with("server.token_secret has to be set"));
    let short = variable("SAFAR__SERVER__TOKEN_SECRET", "short");
    assert!(refusal(&short, true).contains("32 characters"));
    let known = variable("SAFAR__SERVER__TOKEN_SECRET", &"s".repeat(32));
    assert!(refusal(&known, false).contains("is known to others"));
    let mut long = variable("SAFAR__SERVER__TOKEN_SECRET", "7c4a8d09ca3762af61e59520943dc264");
    assert!(refusal(&long, false).starts_with("auth.issuers is empty"));
    assert!(Config::load(&known, true).is_ok());
    let issuer = "[{issuer=\"https://a\", audience=\"s\", algorithms=[\"ES256\"], discover=true}]";
    long.environment.push(("SAFAR__AUTH__ISSUERS".to_owned(), issuer.to_owned()));
    assert!(Config::load(&long, false).is_ok());
    let shown = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=".to_owned();
    long.environment.push(("SAFAR__VAULT__HIV_KEY".to_owned(), shown));
    assert!(refusal(&long, false).starts_with("vault.hiv_key is known to others"));
}

#[test]
fn a_key_comes_from_one_place_and_its_store_has_an_address() {
    let mut both = variable("SAFAR__VAULT__HIV_KEY", "x");
    both.environment.push(("SAFAR__VAULT__HIV_KEY_FILE".to_owned(), "/run/key".to_owned()));
    assert!(refusal(&both, true).contains("one of hiv_key and hiv_key_file"));
    let mut pins = variable("SAFAR__VAULT__PKCS11_PIN", "x");
    pins.environment.push(("SAFAR__VAULT__PKCS11_PIN_FILE".to_owned(), "/run/pin".to_owned()));
    assert!(refusal(&pins, true).contains("one of pkcs11_pin and pkcs11_pin_file"));
    assert!(refusal(&variable("SAFAR__VAULT__PKCS11_MODULE", "/m.so"), true).contains("pkcs11_pin"));
    assert!(refusal(&variable("SAFAR__VAULT__KEY_STORE", "keys.sqlite"), true).contains("sqlite:"));
    assert!(Config::load(&variable("SAFAR__VAULT__KEY_STORE", "sqlite:/k"), true).is_ok());
}

#[test]
fn halves_of_epochs_do_not_lie_where_the_data_folder_is_backed_up() {
    let folder = tempfile::tempdir().unwrap();
    let (data, link) = (folder.path().join("safar"), folder.path().join("link"));
    std::fs::create_dir(&data).unwrap();
    std::os::unix::fs::symlink(&data, &link).unwrap();
    let load = |data: &Path, epochs: &Path, dev| {
        let variables = [
            ("SAFAR__SERVER__TOKEN_SECRET", "7c4a8d09ca3762af61e59520943dc264"),
            (
                "SAFAR__AUTH__ISSUERS",
                "[{issuer=\"https://a\", audience=\"s\", algorithms=[\"ES256\"], discover=true}]",
            ),
            ("SAFAR__STORE__DATA_FOLDER", data.to_str().unwrap()),
            ("SAFAR__VAULT__EPOCH_FOLDER", epochs.to_str().unwrap()),
        ];
        let environment = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        Config::load(&Sources { environment, ..Sources::default() }, dev).map_err(|error| error.to_string())
    };
    for within in [data.clone(), data.join("epochs"), link.join("epochs"), data.join("../safar/a/b")] {
        let refused = load(&data, &within, false).unwrap_err();
        assert!(refused.starts_with("vault.epoch_folder is inside store.data_folder"), "{refused}");
        assert!(load(&data, &within, true).is_ok(), "{}", within.display());
    }
    assert!(load(Path::new("safar-data"), Path::new("safar-data/epochs"), false).is_err());
    for beside in [folder.path().join("safar-epochs"), data.join("../epochs")] {
        assert!(load(&data, &beside, false).is_ok(), "{}", beside.display());
    }
    assert!(load(&data, Path::new(""), false).is_ok());
}

#[test]
fn secrets_are_never_shown() {
    let mut sources = variable("SAFAR__SERVER__TOKEN_SECRET", &"MARKER".repeat(6));
    sources.environment.push(("SAFAR__STORE__URL".to_owned(), "postgres://u:MARKER@h/d".to_owned()));
    sources.environment.push(("SAFAR__VAULT__HIV_KEY".to_owned(), "MARKER".to_owned()));
    sources.environment.push(("SAFAR__VAULT__PKCS11_PIN".to_owned(), "MARKER".to_owned()));
    sources.environment.push(("SAFAR__VAULT__KEY_STORE".to_owned(), "postgres://u:MARKER@h/d".to_owned()));
    sources.environment.push(("SAFAR__TELEMETRY__OTLP_HEADERS".to_owned(), "key=MARKER".to_owned()));
    let config = Config::load(&sources, true).unwrap();
    assert_eq!(config.store.url.expose(), "postgres://u:MARKER@h/d");
    assert!(!config.to_toml().contains("MARKER") && config.to_toml().contains("[redacted]"));
    assert!(!format!("{config:?}").contains("MARKER"));
}

#[test]
fn the_files_of_a_deployment_set_only_keys_that_exist() {
    let manual: Table = DEFAULTS.parse().unwrap();
    let exists = |section: &str, key: &str| manual.get(section).and_then(|keys| keys.get(key)).is_some();
    let files = [
        include_str!("../../../../deploy/Dockerfile"),
        include_str!("../../../../deploy/compose.yaml"),
        include_str!("../../../../deploy/safar.service"),
    ];
    for file in files {
        let variables: Vec<&str> = file.split("SAFAR__").skip(1).collect();
        assert!(!variables.is_empty());
        for variable in variables {
            let end = variable.find(|letter: char| !letter.is_ascii_uppercase() && letter != '_').unwrap();
            let name = variable[..end].to_ascii_lowercase();
            let (section, key) = name.split_once("__").unwrap();
            assert!(exists(section, key), "{name}");
        }
    }
    assert!(!exists("server", "liste"));
}
