//! The press: a template, its words and its data go in, the bytes of a PDF come out, the same ones each time.
//!
//! It reads no file, asks for no package and knows no clock: what a template may use is handed to it by name.

use std::sync::LazyLock;

use jiff::{Timestamp, tz::TimeZone};
use serde_json::Value;
use typst::{
    Library, LibraryExt, World,
    diag::{FileError, FileResult, SourceDiagnostic},
    foundations::{Bytes, Datetime, Duration, Smart},
    syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot},
    text::{Font, FontBook},
    utils::LazyHash,
};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards};

use crate::{
    fonts::{FONTS, in_letters_we_have},
    language::{self, Language},
};

static LIBRARY: LazyLock<LazyHash<Library>> = LazyLock::new(|| LazyHash::new(Library::default()));

/// A paper could not be made. It says where and not with what: a value of the paper might be a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PrintError {
    /// What is printed could not be put as data.
    #[error("the data of the paper `{0}` cannot be written as JSON")]
    Data(&'static str),
    /// The template does not know what to do with its data.
    #[error("the paper `{paper}` could not be set, near line {line} of its template")]
    Layout {
        /// Which paper.
        paper: &'static str,
        /// Where in the template; 0 when unknown.
        line: usize,
    },
    /// The pages break a rule of the standards they are written in.
    #[error("the paper `{0}` could not be written as PDF/UA-1 and PDF/A-2a")]
    Standard(&'static str),
}

/// What is printed.
pub(crate) struct Order {
    /// Its name.
    pub(crate) paper: &'static str,
    /// How it looks, in Typst.
    pub(crate) template: &'static str,
    /// What the template reads as `data.json`.
    pub(crate) data: Value,
    /// What the template reads as `code.svg`, if it draws one.
    pub(crate) drawing: Option<String>,
    /// In which language.
    pub(crate) language: Language,
    /// Tells this paper from every other; the same paper always has the same one.
    pub(crate) identity: String,
    /// When what is printed came about.
    pub(crate) dated: Timestamp,
}

impl Order {
    /// The paper as PDF/UA-1 and PDF/A-2a.
    pub(crate) fn print(self) -> Result<Vec<u8>, PrintError> {
        let standard = PrintError::Standard(self.paper);
        let options = PdfOptions {
            ident: Smart::Custom(format!("safar/{}/{}/{}", self.paper, self.identity, self.language)),
            creator: Smart::Custom(Some("Safar".to_owned())),
            timestamp: Some(typst_pdf::Timestamp::new_utc(utc(self.dated).ok_or(standard)?)),
            standards: PdfStandards::new(&[PdfStandard::Ua_1, PdfStandard::A_2a]).map_err(|_| standard)?,
            ..PdfOptions::default()
        };
        let document = self.set()?;
        let bytes = typst_pdf::pdf(&document, &options).map_err(|_| standard);
        forget();
        bytes
    }

    /// The pages before they are written.
    pub(crate) fn set(mut self) -> Result<PagedDocument, PrintError> {
        in_letters_we_have(&mut self.data);
        let paper = self.paper;
        let desk = Desk::lay_out(self);
        let document = typst::compile::<PagedDocument>(&desk).output;
        let document =
            document.map_err(|errors| PrintError::Layout { paper, line: desk.line(errors.first()) });
        forget();
        document
    }
}

/// The typesetter remembers what it has set, to be faster the next time; it must not remember patients.
fn forget() {
    typst::comemo::evict(0);
}

fn utc(instant: Timestamp) -> Option<Datetime> {
    let at = instant.to_zoned(TimeZone::UTC);
    let part = |number: i8| u8::try_from(number).ok();
    let (month, day) = (part(at.month())?, part(at.day())?);
    Datetime::from_ymd_hms(
        at.year().into(),
        month,
        day,
        part(at.hour())?,
        part(at.minute())?,
        part(at.second())?,
    )
}

/// All that a template can reach.
struct Desk {
    template: Source,
    files: Vec<(FileId, Bytes)>,
}

impl Desk {
    fn lay_out(order: Order) -> Self {
        let words = |language: Language| {
            (file(&format!("{language}.toml")), Bytes::from_string(language::labels(language)))
        };
        let mut files: Vec<_> = Language::ALL.into_iter().map(words).collect();
        files.push((file("data.json"), Bytes::from_string(order.data.to_string())));
        files.extend(order.drawing.map(|svg| (file("code.svg"), Bytes::from_string(svg))));
        Self { template: Source::new(file("main.typ"), order.template.to_owned()), files }
    }

    /// The line of the template that an error points at.
    fn line(&self, error: Option<&SourceDiagnostic>) -> usize {
        use typst::WorldExt as _;
        let place = error.and_then(|error| self.range(error.span));
        place.map_or(0, |place| self.template.text()[..place.start].lines().count())
    }
}

fn file(name: &str) -> FileId {
    let path = VirtualPath::new(name).unwrap_or_else(|_| unreachable!("the names above are plain"));
    RootedPath::new(VirtualRoot::Project, path).intern()
}

impl World for Desk {
    fn library(&self) -> &LazyHash<Library> {
        &LIBRARY
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &FONTS.book
    }

    fn main(&self) -> FileId {
        self.template.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == self.template.id() { Ok(self.template.clone()) } else { Err(FileError::AccessDenied) }
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        let found = self.files.iter().find(|(name, _)| *name == id);
        found.map(|(_, bytes)| bytes.clone()).ok_or(FileError::AccessDenied)
    }

    fn font(&self, index: usize) -> Option<Font> {
        FONTS.faces.get(index).cloned()
    }

    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        None
    }
}
