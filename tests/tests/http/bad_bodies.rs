//! Bodies that must be refused: what is no document, what has another shape, what says the impossible.

use safar_tests::http::{Ask, Engine, TestApp};
use serde_json::{Value, json};

use crate::{
    scene::{self, GALABA, note},
    unchanged::{MARKER, Unchanged},
};

/// A command on a person and a command on a case, each good but for its body.
fn commands<'a>(app: &'a TestApp, opened: &scene::Opened) -> [Ask<'a>; 2] {
    let galaba = app.as_(GALABA);
    let register = galaba.post("/v1/persons", &json!({}));
    let add_note = galaba.post(&opened.path("/notes"), &json!({})).on_any();
    [register, add_note]
}

pub(crate) async fn a_body_that_is_not_one_sound_document_is_refused(engine: Engine) -> anyhow::Result<()> {
    let app = TestApp::on(engine).await?;
    let opened = scene::opened(&app).await;
    let unchanged = Unchanged::from_here(&app).await;
    let good = note("A note.").to_string();
    let utf16: Vec<u8> = good.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth)).into_bytes();
    let in_text =
        |depth: usize| format!("{{\"text\":{}1{}}}", "[".repeat(depth), "]".repeat(depth)).into_bytes();
    let many_keys = |keys: usize| {
        let members: Vec<String> = (0..keys).map(|key| format!("\"{key}\":1")).collect();
        format!("{{{}}}", members.join(",")).into_bytes()
    };
    let bodies: Vec<(&str, Vec<u8>)> = vec![
        ("nothing", vec![]),
        ("spaces", b"  \n".to_vec()),
        ("a truncated document", good[..good.len() - 1].into()),
        ("a truncated text", br#"{"text": "MARKERq7Zt"#.to_vec()),
        ("trailing characters", format!("{good}x").into_bytes()),
        ("a trailing comma", br#"{"text": "a",}"#.to_vec()),
        ("two documents", format!("{good}{good}").into_bytes()),
        ("two lines of documents", format!("{good}\n{good}").into_bytes()),
        ("invalid UTF-8", b"{\"text\": \"\xff\xfe\"}".to_vec()),
        ("a lone surrogate", br#"{"text": "\ud800"}"#.to_vec()),
        ("overlong UTF-8", b"{\"text\": \"\xc0\xaf\"}".to_vec()),
        ("UTF-16", utf16),
        ("a byte order mark", [b"\xef\xbb\xbf".as_slice(), good.as_bytes()].concat()),
        ("a control character", b"{\"text\": \"a\x01b\"}".to_vec()),
        ("not a number", br#"{"text": NaN}"#.to_vec()),
        ("a comment", br#"{"text": "a" /* MARKERq7Zt */}"#.to_vec()),
        ("single quotes", br"{'text': 'MARKERq7Zt'}".to_vec()),
        ("depth 65", nested(65)),
        ("depth 128", in_text(128)),
        ("depth 30,000", nested(30_000)),
        ("an open depth", b"[".repeat(60_000)),
        ("a key twice", br#"{"text": "MARKERq7Zt", "text": "b"}"#.to_vec()),
        ("a key twice, once written otherwise", br#"{"text": "a", "\u0074ext": "b"}"#.to_vec()),
        ("a key twice further down", br#"{"text": {"a": 1, "a": 2}}"#.to_vec()),
        ("a number too large", br#"{"text": 1e999}"#.to_vec()),
    ];
    for ask in commands(&app, &opened) {
        for (what, body) in &bodies {
            unchanged.refuses(ask.clone().body(body.clone()), 400, "malformed_body", what).await;
        }
        unchanged.refuses(ask.clone().body(many_keys(5_000)), 400, "invalid_body", "5,000 keys").await;
        unchanged.refuses(ask.clone().body(many_keys(100_000)), 413, "body_too_large", "100,000 keys").await;
        let large = format!("{{\"text\": \"{}\"}}", "a".repeat(64 * 1024)).into_bytes();
        unchanged.refuses(ask.clone().body(large), 413, "body_too_large", "64 KiB and a little").await;
        for nul in [br#"{"text": "a\u0000MARKERq7Zt"}"#.to_vec(), br#"{"te\u0000xt": "a"}"#.to_vec()] {
            unchanged.refuses(ask.clone().body(nul), 422, "invalid_values", "U+0000").await;
        }
    }
    Ok(())
}

pub(crate) async fn a_document_of_the_wrong_shape_or_with_wrong_values_is_refused(
    engine: Engine,
) -> anyhow::Result<()> {
    let app = TestApp::on(engine).await?;
    let opened = scene::opened(&app).await;
    let unchanged = Unchanged::from_here(&app).await;
    for ask in commands(&app, &opened) {
        for body in ["null", "[]", "\"MARKERq7Zt\"", "1", "true", "{}", "[{\"text\": \"a\"}]", "[\"a\"]"] {
            unchanged.refuses(ask.clone().body(body), 400, "invalid_body", body).await;
        }
    }
    let [register, add_note] = commands(&app, &opened);
    for (body, place, code) in [
        (json!({ "text": null }), "/text", "null"),
        (json!({ "text": 1 }), "/text", "wrong_type"),
        (json!({ "text": ["a"] }), "/text", "wrong_type"),
        (json!({ "text": "a", "MARKERq7Zt": "b" }), "", "unknown_field"),
        (json!({ "Text": "a" }), "", "unknown_field"),
    ] {
        let answer = add_note.clone().json(&body).send().await;
        unchanged.refused(&answer, 400, "invalid_body", &body.to_string()).await;
        let error = &answer.json()["errors"][0];
        assert_eq!((error["pointer"].as_str(), error["code"].as_str()), (Some(place), Some(code)), "{body}");
    }
    for text in ["", " \t\n ", &"я".repeat(2001)] {
        unchanged.refuses(add_note.clone().json(&note(text)), 422, "note_length", "a note's length").await;
    }
    for (path, value, status, code) in persons() {
        let mut body = scene::description("Раҳимов");
        *body.pointer_mut(path).expect("a place of the description") = value;
        let what = format!("{path} of a person");
        unchanged.refuses(register.clone().json(&body), status, code, &what).await;
    }
    Ok(())
}

/// Places of a person's description, what must not be there, and what is said of it.
fn persons() -> Vec<(&'static str, Value, u16, &'static str)> {
    let names = |family: &str| json!([{ "family": family }]);
    let marked = format!("a{}", "\u{301}".repeat(1_000));
    vec![
        ("/names", json!([]), 422, "name_length"),
        ("/names", names(""), 422, "name_length"),
        ("/names", names(" \u{a0} "), 422, "name_length"),
        ("/names", names(&MARKER.repeat(1_000)), 422, "name_length"),
        ("/names", names(&marked), 422, "name_length"),
        ("/names", names("a\u{1b}[31mb"), 422, "name_length"),
        ("/names", json!([{ "family": null }]), 400, "invalid_body"),
        ("/names", json!([{ "family": "a", "recorded_at": "2026-05-04" }]), 400, "invalid_body"),
        ("/names", json!({ "0": { "family": "a" } }), 400, "invalid_body"),
        ("/names/0/given", json!({ "owner": { "role": "admin" } }), 400, "invalid_body"),
        ("/sex", json!("MARKERq7Zt"), 422, "invalid_values"),
        ("/sex", json!("Male"), 422, "invalid_values"),
        ("/sex", json!(" male"), 422, "invalid_values"),
        ("/sex", json!(1), 400, "invalid_body"),
        ("/citizenship", json!("tj"), 422, "invalid_values"),
        ("/citizenship", json!("TJK"), 422, "invalid_values"),
        ("/citizenship", json!("'; DROP TABLE events; --"), 422, "invalid_values"),
        ("/birth", json!({ "precision": "day", "date": "2026-02-30" }), 422, "invalid_values"),
        ("/birth", json!({ "precision": "day", "date": "MARKERq7Zt" }), 422, "invalid_values"),
        ("/birth", json!({ "precision": "day", "date": "10000-01-01" }), 422, "invalid_values"),
        ("/birth", json!({ "precision": "day", "date": "-0001-01-01" }), 422, "invalid_values"),
        ("/birth", json!({ "precision": "day", "date": 662_688_000 }), 400, "invalid_body"),
        ("/birth", json!({ "precision": "day" }), 400, "invalid_body"),
        ("/birth", json!({ "precision": "decade", "year": 1990 }), 422, "invalid_values"),
        ("/birth", json!({ "precision": "year", "year": 1991, "month": 5 }), 400, "invalid_body"),
        ("/birth", json!({ "precision": "year", "year": 2027 }), 422, "birth_date_impossible"),
        ("/birth", json!({ "precision": "year", "year": 1891 }), 422, "birth_date_impossible"),
        ("/birth", json!({ "precision": "year", "year": 40_000 }), 422, "invalid_values"),
        ("/birth", json!({ "precision": "month", "year": 1991, "month": 13 }), 422, "birth_date_impossible"),
        ("/telephones", json!(["1"]), 422, "telephone_length"),
        ("/telephones", json!(vec!["+992 900 00 00 01"; 9]), 422, "telephone_length"),
    ]
}

pub(crate) async fn what_only_the_server_knows_is_not_taken_from_a_client(
    engine: Engine,
) -> anyhow::Result<()> {
    let app = TestApp::on(engine).await?;
    let opened = scene::opened(&app).await;
    let unchanged = Unchanged::from_here(&app).await;
    let [register, add_note] = commands(&app, &opened);
    let fields = [
        "recorded_at",
        "occurred_at",
        "version",
        "revision",
        "expected_version",
        "actor",
        "org_id",
        "organisation",
        "country",
        "event_id",
        "event_type",
        "type",
        "id",
        "case",
        "compartment",
        "role",
        "metadata",
        "__proto__",
    ];
    for field in fields {
        for (ask, mut body) in [(&register, scene::description("Раҳимов")), (&add_note, note("A note."))]
        {
            body[field] = json!(MARKER);
            unchanged.refuses(ask.clone().json(&body), 400, "invalid_body", field).await;
        }
    }
    Ok(())
}

pub(crate) async fn a_body_is_declared_as_json_in_utf_8_and_nothing_else(
    engine: Engine,
) -> anyhow::Result<()> {
    let app = TestApp::on(engine).await?;
    let opened = scene::opened(&app).await;
    let unchanged = Unchanged::from_here(&app).await;
    for ask in commands(&app, &opened) {
        unchanged
            .refuses(ask.clone().without("content-type"), 415, "unsupported_media_type", "no type")
            .await;
        for kind in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "application/json; charset=utf-7",
            "application/json; charset=iso-8859-1",
            "application/jsonx",
            "application/cloudevents+json",
            "application/json, text/plain",
            "MARKERq7Zt",
        ] {
            let ask = ask.clone().header("content-type", kind);
            unchanged.refuses(ask, 415, "unsupported_media_type", kind).await;
        }
        for coding in ["gzip", "br", "deflate", "identity, gzip"] {
            let ask = ask.clone().header("content-encoding", coding);
            unchanged.refuses(ask, 415, "unsupported_media_type", coding).await;
        }
    }
    let spoken = app.as_(GALABA).post(&opened.path("/notes"), &note("Ақтау")).on_any();
    spoken.header("content-type", "application/json; charset=UTF-8").send().await.expect(200);
    Ok(())
}

pub(crate) async fn the_names_of_the_region_are_taken_and_given_back_as_written(
    engine: Engine,
) -> anyhow::Result<()> {
    let app = TestApp::on(engine).await?;
    let galaba = app.as_(GALABA);
    for family in [
        "Әбілқайырұлы",
        "Ғафур",
        "Қодиров",
        "Ңұр",
        "Өтебай",
        "Ұлықбек",
        "Үмбет",
        "Һафиз",
        "Ізбасар",
        "Ҷӯраев",
        "Ӣсмоил",
        "Ӯғлонов",
        "Ҳусейн",
        "O'zbekov",
        "Oʻzbekov",
        "Раҳим-Зода",
        "Д’Артаньян",
        "Юнг",
        "Ё",
        "И\u{306}одгор",
        "Йодгор",
        "' OR '1'='1",
        "%_\\*",
        "(a+)+$",
        "<script>alert(1)</script>",
        "=HYPERLINK(\"x\")",
    ] {
        let created = galaba.post("/v1/persons", &scene::description(family)).send().await.expect(201);
        let read = galaba.get(created.header("location")).send().await.expect(200);
        assert_eq!(read.json()["description"]["names"][0]["family"], family);
    }
    let single = json!({ "names": [{ "family": "Мавзуна" }], "birth": { "precision": "year", "year": 2001 }, "sex": "female" });
    galaba.post("/v1/persons", &single).send().await.expect(201);
    Ok(())
}

pub(crate) async fn a_note_may_say_anything_and_is_only_ever_text(engine: Engine) -> anyhow::Result<()> {
    let app = TestApp::on(engine).await?;
    let opened = scene::opened(&app).await;
    let galaba = app.as_(GALABA);
    let texts = [
        "' OR '1'='1",
        "'; DROP TABLE events; --",
        "%",
        "_",
        "\\",
        "*",
        "(a+)+$",
        "${jndi:ldap://x}",
        "{{7*7}}",
        "\r\nX: y",
    ];
    for text in texts {
        galaba.post(&opened.path("/notes"), &note(text)).on_any().send().await.expect(200);
    }
    app.settle().await;
    let timeline = galaba.get(&opened.path("/timeline")).send().await.expect(200).json();
    let kept: Vec<&str> = timeline["items"]
        .as_array()
        .expect("it is well formed")
        .iter()
        .filter_map(|item| item["data"]["text"].as_str())
        .collect();
    assert_eq!(kept, texts);
    Ok(())
}
