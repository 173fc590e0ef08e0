use std::{pin::Pin, time::Duration};

use actix_web::{
    App, dev::Payload, error::PayloadError, http::header::HeaderValue, test, test::TestRequest, web,
};
use futures_util::{Stream, stream};
use serde::Deserialize;
use serde_json::Value;

use super::{BodyDeadline, StrictJson};
use crate::testing::header;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Move {
    place: String,
    reason: Option<Reason>,
    stays: Option<Vec<Stay>>,
    at: Option<jiff::Timestamp>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Reason {
    Work,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stay {
    days: u16,
}

async fn moved(body: StrictJson<Move>) -> String {
    let Move { place, reason, stays, at } = body.value;
    format!(
        "{place} {reason:?} {:?} {at:?}",
        stays.map(|stays| stays.iter().map(|stay| stay.days).sum::<u16>())
    )
}

/// Status, code, first pointer and its code.
async fn answer(body: impl Into<web::Bytes>, content_type: &'static str) -> (u16, String, String, String) {
    let app = test::init_service(App::new().route("/", web::post().to(moved))).await;
    let request = TestRequest::post().uri("/").set_payload(body);
    let request = request.insert_header(("content-type", HeaderValue::from_static(content_type)));
    let response = test::call_service(&app, request.to_request()).await;
    let status = response.status().as_u16();
    let body: Value = serde_json::from_slice(&test::read_body(response).await).unwrap_or_default();
    assert!(!body.to_string().contains("MARKER"), "the input is repeated: {body}");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let first = &body["errors"][0];
    (status, text(&body["code"]), text(&first["pointer"]), text(&first["code"]))
}

fn expect(status: u16, code: &str, pointer: &str, detail: &str) -> (u16, String, String, String) {
    (status, code.to_owned(), pointer.to_owned(), detail.to_owned())
}

#[actix_web::test]
async fn a_good_body_passes() {
    let (status, ..) =
        answer(r#"{"place":"Ақтау","reason":"work","stays":[{"days":3}]}"#, "application/json").await;
    assert_eq!(status, 200);
    let (status, ..) = answer(r#"{"place":"x"}"#, "Application/JSON; charset=\"UTF-8\"").await;
    assert_eq!(status, 200);
}

#[actix_web::test]
async fn a_wrong_shape_is_400_with_its_place() {
    for (body, pointer, code) in [
        ("{}", "/place", "missing_field"),
        (r#"{"place":null}"#, "/place", "null"),
        (r#"{"place":{"MARKER":1}}"#, "/place", "wrong_type"),
        (r#"{"place":1}"#, "/place", "wrong_type"),
        (r#"{"place":"x","MARKER":1}"#, "", "unknown_field"),
        (r#"{"place":"x","stays":[{"days":1},{"days":2,"MARKER":1}]}"#, "/stays/1", "unknown_field"),
        (r#"{"place":"x","stays":[{"days":"MARKER"}]}"#, "/stays/0/days", "wrong_type"),
        (r#"{"place":"x","recorded_at":"2026-01-01T00:00:00Z"}"#, "", "unknown_field"),
        ("null", "", "null"),
        ("[]", "", "wrong_type"),
        ("\"MARKER\"", "", "wrong_type"),
        ("1", "", "wrong_type"),
    ] {
        assert_eq!(
            answer(body, "application/json").await,
            expect(400, "invalid_body", pointer, code),
            "{body}"
        );
    }
}

#[actix_web::test]
async fn a_wrong_value_in_the_right_shape_is_422_with_its_place() {
    for (body, pointer, code) in [
        (r#"{"place":"x","reason":"MARKER"}"#, "/reason", "unknown_value"),
        (r#"{"place":"x","reason":"Work"}"#, "/reason", "unknown_value"),
        (r#"{"place":"x","at":"MARKER"}"#, "/at", "invalid_value"),
        (r#"{"place":"x","at":"2026-02-30T00:00:00Z"}"#, "/at", "invalid_value"),
        (r#"{"place":"x","stays":[{"days":70000}]}"#, "/stays/0/days", "invalid_value"),
        (r#"{"place":"MARKER\u0000"}"#, "", "nul_character"),
    ] {
        assert_eq!(
            answer(body, "application/json").await,
            expect(422, "invalid_values", pointer, code),
            "{body}"
        );
    }
}

#[actix_web::test]
async fn what_is_no_document_is_400() {
    let depth = format!("{{\"place\":{}1{}}}", "[".repeat(100), "]".repeat(100));
    for body in
        ["", "{", "{}{}", "{\"place\":\"MARKER\"", "\u{feff}{}", r#"{"place":"x","place":"x"}"#, &depth]
    {
        assert_eq!(
            answer(body.to_owned(), "application/json").await,
            expect(400, "malformed_body", "", ""),
            "{body}"
        );
    }
    assert_eq!(answer(&b"\xFF\xFE"[..], "application/json").await.0, 400);
}

#[actix_web::test]
async fn only_json_in_utf8_is_taken() {
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/json; charset=utf-7",
        "application/jsonx",
    ] {
        assert_eq!(answer(r#"{"place":"x"}"#, kind).await.0, 415, "{kind}");
    }
    let app = test::init_service(App::new().route("/", web::post().to(moved))).await;
    let bare = TestRequest::post().uri("/").set_payload(r#"{"place":"x"}"#).to_request();
    assert_eq!(test::call_service(&app, bare).await.status(), 415);
    let packed = TestRequest::post().uri("/").insert_header(("content-type", "application/json"));
    let packed =
        packed.insert_header(("content-encoding", "gzip")).set_payload(r#"{"place":"x"}"#).to_request();
    assert_eq!(test::call_service(&app, packed).await.status(), 415);
}

#[actix_web::test]
async fn a_body_may_fill_its_limit_and_no_more() {
    let sized = |size: usize| format!("{{\"place\":\"{}\"}}", "x".repeat(size - 12));
    assert_eq!(answer(sized(super::COMMAND_LIMIT), "application/json").await.0, 200);
    assert_eq!(answer(sized(super::COMMAND_LIMIT + 1), "application/json").await.0, 413);
}

#[actix_web::test]
async fn a_declared_length_is_believed_before_anything_is_read() {
    let app = test::init_service(App::new().route("/", web::post().to(moved))).await;
    let huge = TestRequest::post().uri("/").insert_header(("content-type", "application/json"));
    let huge = huge.insert_header(("content-length", "10737418240")).to_request();
    let response = test::call_service(&app, huge).await;
    assert_eq!(response.status(), 413);
    assert_eq!(header(response.headers(), "connection"), "close");
}

#[actix_web::test]
async fn a_body_that_does_not_arrive_in_time_is_408() {
    let deadline = BodyDeadline(Duration::from_millis(20));
    let app = test::init_service(App::new().app_data(deadline).route("/", web::post().to(moved))).await;
    let stalled: Pin<Box<dyn Stream<Item = Result<web::Bytes, PayloadError>>>> = Box::pin(stream::pending());
    let (request, _) = TestRequest::post()
        .uri("/")
        .insert_header(("content-type", "application/json"))
        .to_request()
        .replace_payload(Payload::from(stalled));
    let response = test::call_service(&app, request).await;
    assert_eq!((response.status().as_u16(), header(response.headers(), "connection")), (408, "close"));
}

#[actix_web::test]
async fn the_fingerprint_is_of_the_meaning_and_of_the_address() {
    async fn print(body: StrictJson<Value>) -> Vec<u8> {
        body.fingerprint.to_vec()
    }
    let app = test::init_service(App::new().default_service(web::to(print))).await;
    let mut seen = Vec::new();
    for (path, body) in
        [("/a", r#"{"a":1,"b":2}"#), ("/a", r#"{ "b":2, "a":1 }"#), ("/b", r#"{"a":1,"b":2}"#), ("/a", "{}")]
    {
        let request = TestRequest::post().uri(path).insert_header(("content-type", "application/json"));
        seen.push(test::call_and_read_body(&app, request.set_payload(body).to_request()).await);
    }
    assert_eq!(seen[0], seen[1]);
    assert!(seen[0] != seen[2] && seen[0] != seen[3]);
}
