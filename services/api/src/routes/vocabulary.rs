//! The words of the field: what a client needs to draw its forms in the worker's language.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{CACHE_CONTROL, ETag, EntityTag, Header as _, IfNoneMatch},
    web::{self, Data},
};
use jiff::civil::Date;
use safar_domain::{
    case::regimen::{PreventiveRegimen, Regimen},
    language::Language,
    policy::Action,
    vocabulary::{self, Entry, Set},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{
    Endpoint,
    reading::{One, Query, Reader, reader},
};
use crate::{
    app::{App, answer, ok},
    http::{language, speak},
    problem::{Problem, catalogue},
};

pub(super) fn endpoints() -> Vec<Endpoint> {
    let rows = vec![
        Endpoint::read::<One, SetList>(
            "/v1/vocabulary",
            ("vocabulary.list", "Lists the sets of codes with their versions."),
            Action::ReadVocabulary,
            || web::route().to(list),
        ),
        Endpoint::read::<InLanguage, SetView>(
            "/v1/vocabulary/{set}",
            ("vocabulary.read", "Reads a set of codes with its words in one language."),
            Action::ReadVocabulary,
            || web::route().to(read),
        ),
    ];
    rows.into_iter().map(Endpoint::tagged).collect()
}

/// The query of a set.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct InLanguage {
    /// The language of the words; by default the one of `Accept-Language`.
    lang: Option<Language>,
    /// Wait until this node has read at least so far: the `Safar-Position` of an earlier answer.
    min_position: Option<String>,
}

impl Query for InLanguage {
    fn min_position(&self) -> Option<&str> {
        self.min_position.as_deref()
    }
}

/// Every set.
#[derive(Debug, Serialize, JsonSchema)]
struct SetList {
    /// In the order of their names.
    items: Vec<SetSummary>,
}

/// A set without its codes.
#[derive(Debug, Serialize, JsonSchema)]
struct SetSummary {
    /// Its name.
    set: &'static str,
    /// The day of its last change.
    version: &'static str,
    /// The definition set to which it belongs, where it belongs to one.
    #[serde(skip_serializing_if = "Option::is_none")]
    definitions: Option<&'static str>,
}

/// A set of codes.
#[derive(Debug, Serialize, JsonSchema)]
struct SetView {
    /// Its name and version.
    #[serde(flatten)]
    summary: SetSummary,
    /// The language of its words.
    lang: Language,
    /// Where its codes come from.
    sources: &'static [String],
    /// The codes, in the order in which a form offers them.
    items: Vec<ItemView>,
}

/// A code with its words.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "VocabularyItem")]
struct ItemView {
    /// What is stored and sent.
    code: &'static str,
    /// What people read.
    label: &'static str,
    /// A source words it so; otherwise the words are our own, not yet checked by native clinicians.
    sourced: bool,
    /// Unit, format or limit of a field.
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<&'static str>,
    /// The first day on which it is no longer offered; what was recorded with it is still read.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    until: Option<Date>,
    /// ICD-10.
    #[serde(skip_serializing_if = "Option::is_none")]
    icd10: Option<&'static str>,
    /// ICD-11.
    #[serde(skip_serializing_if = "Option::is_none")]
    icd11: Option<&'static str>,
    /// LOINC.
    #[serde(skip_serializing_if = "Option::is_none")]
    loinc: Option<&'static str>,
    /// SNOMED CT.
    #[serde(skip_serializing_if = "Option::is_none")]
    snomed: Option<&'static str>,
    /// What a regimen is made of and who may have it.
    #[serde(skip_serializing_if = "Option::is_none")]
    regimen: Option<&'static Regimen>,
    /// The same of a preventive regimen.
    #[serde(skip_serializing_if = "Option::is_none")]
    preventive: Option<&'static PreventiveRegimen>,
}

impl SetSummary {
    fn of(set: &'static Set) -> Self {
        Self { set: set.name, version: &set.version, definitions: set.definitions.as_deref() }
    }
}

impl ItemView {
    fn of(entry: &'static Entry, language: Language) -> Self {
        Self {
            code: &entry.code,
            label: entry.label(language),
            sourced: entry.source_of_label(language).is_some(),
            hint: entry.hint(language),
            until: entry.until,
            icd10: entry.icd10.as_deref(),
            icd11: entry.icd11.as_deref(),
            loinc: entry.loinc.as_deref(),
            snomed: entry.snomed.as_deref(),
            regimen: entry.regimen.as_ref(),
            preventive: entry.preventive.as_ref(),
        }
    }
}

async fn list(request: HttpRequest, app: Data<App>) -> Result<HttpResponse, Problem> {
    let reader: Reader<One> = reader(&request, &app, Action::ReadVocabulary).await?;
    let items = vocabulary::sets().values().map(SetSummary::of).collect();
    tagged((&app, &request), &reader, &SetList { items })
}

async fn read(request: HttpRequest, app: Data<App>) -> Result<HttpResponse, Problem> {
    let reader: Reader<InLanguage> = reader(&request, &app, Action::ReadVocabulary).await?;
    let name = request.match_info().get("set").unwrap_or_default();
    let set = vocabulary::set(name).ok_or_else(|| Problem::of(catalogue::NOT_FOUND))?;
    let lang = reader.query.lang.unwrap_or_else(|| language(request.headers()));
    let items = set.entries.iter().map(|entry| ItemView::of(entry, lang)).collect();
    let view = SetView { summary: SetSummary::of(set), lang, sources: &set.sources, items };
    let mut response = tagged((&app, &request), &reader, &view)?;
    speak(&mut response, lang);
    Ok(response)
}

/// Answers with a tag of the content, and without the content to a client that has it already: words change seldom, and a
/// telephone keeps them.
fn tagged<Q>(
    (app, request): (&App, &HttpRequest),
    reader: &Reader<Q>,
    body: &impl Serialize,
) -> Result<HttpResponse, Problem> {
    let content =
        serde_json::to_vec(body).map_err(|error| Problem::internal("writing a vocabulary", &error))?;
    let mut digest = [0; 16];
    digest.copy_from_slice(&Sha256::digest(&content)[..16]);
    let tag = EntityTag::new_strong(format!("{:032x}", u128::from_be_bytes(digest)));
    let known = match IfNoneMatch::parse(request) {
        Ok(IfNoneMatch::Items(tags)) => tags.iter().any(|known| known.weak_eq(&tag)),
        Ok(IfNoneMatch::Any) | Err(_) => false,
    };
    let answered = if known { HttpResponse::NotModified() } else { ok() };
    let mut response = answer(app, answered, reader.position, reader.caller.sees_numbers());
    response.insert_header(ETag(tag)).insert_header((CACHE_CONTROL, "private, no-cache"));
    Ok(if known { response.finish() } else { response.content_type("application/json").body(content) })
}
