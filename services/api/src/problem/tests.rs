use actix_web::{App, ResponseError, body::to_bytes, test as http, web};
use safar_domain::language::Language;
use serde_json::{Value, json};

use crate::testing::header;

use super::{FieldError, Problem, catalogue, framework, pages};

fn body_of(problem: &Problem) -> Value {
    serde_json::from_str(&problem.body(Some("0190a000-0000-7000-8000-000000000000"), Language::En)).unwrap()
}

#[test]
fn a_problem_has_every_member_of_the_contract() {
    let problem = Problem::of(catalogue::STALE_REVISION)
        .with("state", "open")
        .allowed(&["close"])
        .error(FieldError::pointer("/a", "wrong_type", "This must be a string."))
        .retry_after(2);
    assert_eq!(
        body_of(&problem),
        json!({
            "type": "/problems/stale_revision", "title": "Someone else was faster", "status": 412,
            "code": "stale_revision", "detail": catalogue::STALE_REVISION.explanation,
            "instance": "urn:uuid:0190a000-0000-7000-8000-000000000000",
            "errors": [{"pointer": "/a", "code": "wrong_type", "detail": "This must be a string."}],
            "retry_after": 2, "state": "open", "allowed": ["close"],
        })
    );
}

#[test]
fn an_extension_member_cannot_replace_a_standard_one() {
    let problem = Problem::of(catalogue::NOT_FOUND).with("status", 200);
    assert_eq!(body_of(&problem)["status"], 404);
}

#[test]
fn every_code_is_there_once_in_snake_case_with_an_error_status() {
    let kinds = catalogue::all();
    assert!(kinds.windows(2).all(|pair| pair[0].code < pair[1].code));
    for kind in kinds {
        assert!(
            kind.code.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'),
            "{}",
            kind.code
        );
        assert!((400..600).contains(&kind.status), "{}", kind.code);
        assert!(kind.explanation.len() > 10 && kind.remedy.ends_with('.'), "{}", kind.code);
        assert!(catalogue::is_registered(kind.code));
    }
    assert!(!catalogue::is_registered("no_such_code"));
}

#[test]
fn a_refusal_keeps_its_code_status_and_sentence() {
    let problem = Problem::refused("not_responsible", 409, "another organisation is responsible now");
    assert_eq!((problem.code(), problem.status().as_u16()), ("not_responsible", 409));
    assert_eq!(body_of(&problem)["detail"], "another organisation is responsible now");
}

#[test]
fn every_kind_is_said_in_every_language_and_in_english_as_it_is_written_here() {
    for kind in catalogue::all() {
        let english = kind.said(Language::En);
        assert_eq!(
            [english.title, english.explanation, english.remedy],
            [kind.title, kind.explanation, kind.remedy]
        );
        for language in [Language::Ru, Language::Tg, Language::Kk] {
            let said = kind.said(language);
            for sentence in [&said.title, &said.explanation, &said.remedy] {
                let cyrillic = sentence.chars().any(|letter| ('а'..='я').contains(&letter));
                assert!(
                    cyrillic,
                    "locales/{language}/problems.ftl does not say of {}: {sentence}",
                    kind.code
                );
            }
            assert_eq!((said.code, said.status), (kind.code, kind.status));
        }
    }
}

#[actix_web::test]
async fn the_answer_is_problem_json_and_says_how_to_authenticate() {
    let response = Problem::of(catalogue::TOKEN_REFUSED).error_response();
    assert_eq!(header(response.headers(), "content-type"), "application/problem+json");
    assert_eq!(header(response.headers(), "www-authenticate"), "Bearer error=\"invalid_token\"");
    let other = Problem::of(catalogue::BUSY).retry_after(3).error_response();
    assert_eq!(header(other.headers(), "retry-after"), "3");
    assert!(!other.headers().contains_key("www-authenticate"));
    assert!(!to_bytes(other.into_body()).await.unwrap().is_empty());
}

#[actix_web::test]
async fn the_type_of_a_problem_resolves_for_people_and_for_programs() {
    let app = http::init_service(App::new().configure(pages::configure)).await;
    let json: Value =
        http::call_and_read_body_json(&app, http::TestRequest::get().uri("/problems/not_found").to_request())
            .await;
    assert_eq!(json["status"], 404);
    let asked = http::TestRequest::get().uri("/problems").insert_header(("accept", "text/html")).to_request();
    let page = String::from_utf8(http::call_and_read_body(&app, asked).await.to_vec()).unwrap();
    assert!(page.contains("href=\"/problems/stale_revision\"") && page.starts_with("<!doctype html>"));
    let absent = http::TestRequest::get().uri("/problems/nothing").to_request();
    assert_eq!(http::call_service(&app, absent).await.status(), 404);
}

#[actix_web::test]
async fn the_frameworks_own_errors_become_problems() {
    async fn path(_: web::Path<uuid::Uuid>) -> &'static str {
        "ok"
    }
    async fn json(_: web::Json<Value>) -> &'static str {
        "ok"
    }
    let app = App::new().configure(framework::configure);
    let app = app.route("/p/{id}", web::get().to(path)).route("/j", web::post().to(json));
    let app = http::init_service(app.default_service(web::to(framework::not_found))).await;
    for (request, status) in [
        (http::TestRequest::get().uri("/p/x"), 404),
        (http::TestRequest::get().uri("/nowhere"), 404),
        (http::TestRequest::post().uri("/j").set_payload("{}"), 415),
        (
            http::TestRequest::post()
                .uri("/j")
                .insert_header(("content-type", "application/json"))
                .set_payload("{"),
            400,
        ),
    ] {
        let response = http::call_service(&app, request.to_request()).await;
        assert_eq!(response.status(), status);
        assert_eq!(header(response.headers(), "content-type"), "application/problem+json");
    }
    let good = http::TestRequest::get().uri("/p/0190a000-0000-7000-8000-000000000000").to_request();
    assert_eq!(http::call_service(&app, good).await.status(), 200);
}
