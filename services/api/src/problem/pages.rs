//! `/problems` and `/problems/{code}`: where the `type` of a problem resolves to.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{ACCEPT, CONTENT_LANGUAGE, VARY},
    web::{self, Path, ServiceConfig},
};

use safar_domain::language::Language;
use safar_language::problems;
use serde::Deserialize;

use super::{
    Problem,
    catalogue::{self, Said},
};
use crate::http::{StrictQuery, language};

/// Serves the catalogue, to people as HTML and to programs as JSON.
pub fn configure(services: &mut ServiceConfig) {
    services
        .service(web::resource("/problems").route(web::get().to(list)).route(web::head().to(list)))
        .service(web::resource("/problems/{code}").route(web::get().to(one)).route(web::head().to(one)));
}

/// How the pages are asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    /// The language; by default the one that `Accept-Language` asks for.
    lang: Option<Language>,
}

impl Wanted {
    fn language(&self, request: &HttpRequest) -> Language {
        self.lang.unwrap_or_else(|| language(request.headers()))
    }
}

async fn list(request: HttpRequest, wanted: StrictQuery<Wanted>) -> HttpResponse {
    let language = wanted.language(&request);
    let kinds: Vec<Said> = catalogue::all().iter().map(|kind| kind.said(language)).collect();
    if !wants_html(&request) {
        return negotiated(language).json(serde_json::json!({ "problems": kinds }));
    }
    let word = |part| escape(&problems::page(language, part));
    let heads: String =
        ["code", "status", "title"].map(|part| format!("<th scope=\"col\">{}</th>", word(part))).concat();
    let rows: String = kinds.iter().map(row).collect();
    let caption = word("caption");
    let table = format!(
        "<table><caption>{caption}</caption><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
    );
    html(language, &word("problems"), &table)
}

async fn one(
    request: HttpRequest,
    code: Path<String>,
    wanted: StrictQuery<Wanted>,
) -> Result<HttpResponse, Problem> {
    let language = wanted.language(&request);
    let kind = catalogue::find(&code).ok_or_else(|| Problem::of(catalogue::NOT_FOUND))?.said(language);
    if !wants_html(&request) {
        return Ok(negotiated(language).json(kind));
    }
    let word = |part| escape(&problems::page(language, part));
    let text = format!(
        "<p><code>{}</code>, HTTP {}</p><h2>{}</h2><p>{}</p><h2>{}</h2><p>{}</p>\
         <p><a href=\"/problems\">{}</a></p>",
        kind.code,
        kind.status,
        word("happened"),
        escape(&kind.explanation),
        word("remedy"),
        escape(&kind.remedy),
        word("all"),
    );
    Ok(html(language, &escape(&kind.title), &text))
}

fn row(kind: &Said) -> String {
    let (code, status, title) = (kind.code, kind.status, escape(&kind.title));
    format!("<tr><td><a href=\"/problems/{code}\">{code}</a></td><td>{status}</td><td>{title}</td></tr>")
}

fn html(language: Language, title: &str, main: &str) -> HttpResponse {
    negotiated(language).content_type("text/html; charset=utf-8").body(format!(
        "<!doctype html><html lang=\"{language}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{title} · Safar</title></head>\
         <body><main><h1>{title}</h1>{main}</main></body></html>"
    ))
}

fn negotiated(language: Language) -> actix_web::HttpResponseBuilder {
    let mut response = HttpResponse::Ok();
    response.insert_header((VARY, "accept, accept-language"));
    response.insert_header((CONTENT_LANGUAGE, language.code()));
    response
}

/// Browsers name `text/html`; nobody else gets it.
fn wants_html(request: &HttpRequest) -> bool {
    let accepted = request.headers().get(ACCEPT).and_then(|value| value.to_str().ok());
    accepted.is_some_and(|accepted| accepted.contains("text/html"))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
